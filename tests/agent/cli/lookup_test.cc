#include <gmock/gmock.h>

#include "agent/cli/mentions.h"
#include "agent/cli/selectors.h"
#include "tests/agent/checks/store_builder.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(ExpandCodes, TakesCodesAndBeginnings) {
  EXPECT_THAT(ExpandCodes({"TMP_LITTER"}).value(), ElementsAre("TMP_LITTER"));
  EXPECT_THAT(ExpandCodes({"INDEX_*"}).value(), Contains("INDEX_ORPHAN"));
  EXPECT_THAT(ExpandCodes({"INDEX_*"}).value(), Contains("INDEX_JSON_EMPTY"));
  EXPECT_THAT(ExpandCodes({"INDEX_*"}).value(), Not(Contains("SUBSESSION_INDEX_MISSING")));
  EXPECT_EQ(ExpandCodes({"*"}).value(), ExpandCodes({}).value());
  EXPECT_EQ(ExpandCodes({"TMP_LITTER", "NOPE"}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ExpandCodes({""}).ok());
  EXPECT_FALSE(ExpandCodes({"LOG_PATTERN_ENOSPCE"}).ok());
  EXPECT_FALSE(ExpandCodes({"TMP"}).ok()) << "only a * makes a beginning";
}

TEST(Select, KeepsWhatWasAskedFor) {
  StoreBuilder store;
  store.Family().Session(Ses(4), Ses(1)).Session(Ses(7)).Session(Ses(8), Ses(7));
  const HomeModel home = HomeOf({store});
  const std::vector<Finding> all = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(all),
              UnorderedElementsAre("CHILD_SESSION_UNTRACKED " + Ses(4), "CHILD_SESSION_UNTRACKED " + Ses(8)));
  EXPECT_THAT(Names(Select({{}, Ses(1)}, home, all).value()), ElementsAre("CHILD_SESSION_UNTRACKED " + Ses(4)));
  EXPECT_THAT(Names(Select({{"TMP_*"}, ""}, home, all).value()), IsEmpty());
  EXPECT_EQ(Select({{"CHILD_*"}, ""}, home, all).value().size(), 2U);
}

TEST(Mentions, FindFilesByNameWhateverTheyAre) {
  TempDir root;
  const std::string s = "storage/session/";
  for (const std::string& file : {s + "info/ses_a.json", s + "info/ses_a.json1751966108427.tmp", s + "info/ses_ab.json",
                                  s + "message/ses_a/m.json", s + "sub-sessions/ses_a.json",
                                  s + "performance/ses_a.json", s + "share/ses_b.json"}) {
    root.Write(file, "{}");
  }
  const Directory directory = Directory::OpenRoot(root.path()).value();
  std::vector<std::string> found;
  for (const Mention& mention : MentionsByName(directory, root.path(), "ses_a")) {
    found.push_back(mention.path.substr(root.path().size() + 1) + ": " + mention.how);
  }
  EXPECT_THAT(found, ElementsAre(s + "info/ses_a.json: session info",
                                 s + "info/ses_a.json1751966108427.tmp: temporary file left behind",
                                 s + "message/ses_a: messages", s + "performance/ses_a.json: performance report",
                                 s + "sub-sessions/ses_a.json: sub-session record"));
}

TEST(Mentions, FindDocumentsThatNameTheId) {
  const StoreBuilder store = StoreBuilder().Family();
  const auto how = [&](const std::string& id) {
    std::vector<std::string> texts;
    for (const Mention& mention : MentionsByContent(store.model, id)) texts.push_back(mention.how);
    return texts;
  };
  EXPECT_THAT(how(Ses(2)), ElementsAre("listed in the index of " + Ses(1)));
  EXPECT_THAT(how(Ses(1)),
              UnorderedElementsAre("parent of session " + Ses(2), "parent of session " + Ses(3),
                                   "parent in the record of " + Ses(2), "parent in the record of " + Ses(3)));
  EXPECT_THAT(how("unknown"), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
