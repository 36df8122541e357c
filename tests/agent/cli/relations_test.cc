#include "agent/cli/relations.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;

RootRelations Of(const StoreBuilder& store) {
  const HomeModel home = HomeOf({store});
  return RelationsOf(home, CheckHome(home, kNowMs)).at(0);
}

TEST(Relations, OfAWholeFamilyAgreeOnEverySide) {
  const RootRelations relations = Of(StoreBuilder().Family());
  EXPECT_EQ(relations.main_sessions, 1);
  EXPECT_EQ(relations.child_sessions, 2);
  EXPECT_EQ(relations.tracked_children, 2);
  EXPECT_EQ(relations.records, 2);
  EXPECT_EQ(relations.listed_records, 2);
  EXPECT_EQ(relations.entries, 2);
  EXPECT_EQ(relations.intact_sub_sessions, 2);
  EXPECT_TRUE(relations.findings.empty());
}

TEST(Relations, ALostEntryBreaksOneOfThem) {
  StoreBuilder store;
  store.Family().model.indexes[Ses(1)].document.entries.pop_back();
  const RootRelations relations = Of(store);
  EXPECT_EQ(relations.intact_sub_sessions, 1);
  EXPECT_EQ(relations.listed_records, 1);
  ASSERT_EQ(relations.findings.size(), 1U);
  EXPECT_EQ(relations.findings[0].code, "INDEX_MISSING_ENTRY");
  EXPECT_THAT(RelationsText({relations}), HasSubstr("1 sub-sessions are whole"));
}

TEST(Relations, AnEntryOfAnotherParentDoesNotCount) {
  StoreBuilder store;
  store.Family();
  store.Session(Ses(4)).Index(Ses(4), {Ses(2)});
  store.model.records[Ses(2)].document.parent = Ses(4);
  EXPECT_EQ(Of(store).intact_sub_sessions, 1) << "session 2 says one parent, its record another";
}

TEST(Relations, LeaveOutWhatIsAboutSingleDocuments) {
  StoreBuilder store;
  store.Family().Damage(store.PathOf(DocumentClass::kShare, Ses(1)), FaultKind::kEmpty);
  EXPECT_TRUE(Of(store).findings.empty());
}

}  // namespace
}  // namespace fleet::agent
