#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(SessionRules, SayNothingAboutAHealthyFamily) { EXPECT_THAT(NamesIn(StoreBuilder().Family()), IsEmpty()); }

TEST(SessionRules, AConversationWithoutInfoIsAMissingSession) {
  const std::vector<Finding> findings = CheckStore(StoreBuilder().Messages(Ses(1), 3));
  ASSERT_THAT(Names(findings), ElementsAre("SESSION_FILE_MISSING " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].component, "sessions");
  EXPECT_EQ(findings[0].repair, "R-SESSION-RECOVER");
  EXPECT_EQ(findings[0].root_kind, "U");
  EXPECT_EQ(findings[0].path, "/d/dgmo/project/p/storage/session/info/" + Ses(1) + ".json");
  EXPECT_EQ(findings[0].paths[1], "/d/dgmo/project/p/storage/session/message/" + Ses(1));
  EXPECT_EQ(findings[0].evidence.at("messages"), EvidenceValue(std::int64_t{3}));
  EXPECT_EQ(findings[0].first_seen_ms, kNowMs);
}

TEST(SessionRules, AnEmptyConversationFolderIsNoMissingSession) {
  EXPECT_THAT(NamesIn(StoreBuilder().Messages(Ses(1), 0)), ElementsAre("MESSAGE_ORPHAN_DIR " + Ses(1)));
}

TEST(SessionRules, ADamagedInfoIsNotAMissingOne) {
  StoreBuilder store;
  store.Messages(Ses(1)).Damage(store.PathOf(DocumentClass::kSession, Ses(1)), FaultKind::kEmpty);
  EXPECT_THAT(NamesIn(store), ElementsAre("SESSION_JSON_EMPTY " + Ses(1)));
}

TEST(SessionRules, WhatCouldNotBeReadIsNotMissing) {
  StoreBuilder file;
  file.Messages(Ses(1)).model.unreadable[file.PathOf(DocumentClass::kSession, Ses(1))] = {EACCES, false};
  EXPECT_THAT(NamesIn(file), ElementsAre("PERM_FILE_ACCESS " + file.PathOf(DocumentClass::kSession, Ses(1))));
  StoreBuilder folder;
  folder.Messages(Ses(1)).Record(Ses(1), Ses(2)).model.unreadable["storage/session"] = {EIO, true};
  EXPECT_THAT(NamesIn(folder), ElementsAre("STORAGE_IO_ERROR storage/session"));
}

TEST(SessionRules, ALinkInThePlaceOfTheInfoIsNotAMissingInfo) {
  StoreBuilder store;
  const std::string path = store.PathOf(DocumentClass::kSession, Ses(1));
  store.Messages(Ses(1)).AddStray(path, Stray::Kind::kUnexpectedType);
  EXPECT_THAT(NamesIn(store), ElementsAre("STORAGE_UNEXPECTED_TYPE " + path));
}

TEST(SessionRules, ATitleWithoutMessagesTellsOfLostOnes) {
  const std::vector<Finding> findings = CheckStore(StoreBuilder().Info(Ses(1), "", "Refactor rounding"));
  ASSERT_THAT(Names(findings), ElementsAre("SESSION_MESSAGES_LOST " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].refusal, "");
  EXPECT_FALSE(findings[0].auto_repair);
}

TEST(SessionRules, DefaultTitlesNeedNoMessages) {
  for (const std::string title : {"New Session - 2025-07-08T10:02:11.480Z", "Child session - 2025-07-08T09:16:37.438Z",
                                  "Recovered session - 2025-07-08T09:16:37.438Z"}) {
    EXPECT_THAT(NamesIn(StoreBuilder().Info(Ses(1), "", title)), IsEmpty()) << title;
  }
  EXPECT_THAT(NamesIn(StoreBuilder().Info(Ses(1), "", "New Session - for the demo")),
              ElementsAre("SESSION_MESSAGES_LOST " + Ses(1)));
}

TEST(SessionRules, DamagedMessagesAreNotLostOnes) {
  StoreBuilder store;
  store.Info(Ses(1)).Messages(Ses(1), 0).model.conversations[Ses(1)].damaged = 1;
  EXPECT_THAT(NamesIn(store), IsEmpty());
}

TEST(SessionRules, IdInsideMustBeTheNamesId) {
  StoreBuilder store;
  store.Session(Ses(1)).Session(Ses(2)).model.sessions[Ses(1)].document.id = Ses(2);
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("SESSION_ID_MISMATCH " + Ses(1)));
  EXPECT_EQ(findings[0].evidence.at("actual"), EvidenceValue(Ses(2)));
  EXPECT_EQ(findings[0].evidence.at("actual_has_file"), EvidenceValue(std::int64_t{1}));
  EXPECT_EQ(findings[0].repair, "");
}

TEST(SessionRules, NamesThatAreNoIdsAreToldOnceWithAllTheirFiles) {
  const std::vector<Finding> findings = CheckStore(StoreBuilder()
                                                       .Session(Ses(1))
                                                       .Session("ses_debug", Ses(1))
                                                       .Record("ses_debug", Ses(1))
                                                       .Index(Ses(1), {"ses_debug"}));
  ASSERT_THAT(Names(findings), ElementsAre("SESSION_ID_MALFORMED ses_debug"));
  EXPECT_EQ(findings[0].paths.size(), 2U);
}

TEST(SessionRules, TimesThatCannotBeAreTold) {
  const auto with = [](double created, double updated) {
    StoreBuilder store;
    store.Session(Ses(1)).model.sessions[Ses(1)].document.created = created;
    store.model.sessions[Ses(1)].document.updated = updated;
    return NamesIn(store);
  };
  const auto ok = static_cast<double>(kWrittenMs + 1000);
  const std::string invalid = "SESSION_TIME_INVALID " + Ses(1);
  EXPECT_THAT(with(ok, ok + 5), IsEmpty());
  EXPECT_THAT(with(ok, ok - 1), ElementsAre(invalid));
  EXPECT_THAT(with(-1, ok), ElementsAre(invalid));
  EXPECT_THAT(with(ok + 0.5, ok + 1), ElementsAre(invalid));
  EXPECT_THAT(with(ok / 1000, ok), ElementsAre(invalid));
  EXPECT_THAT(with(ok, static_cast<double>(kNowMs + 25 * 3'600'000)), ElementsAre(invalid));
  EXPECT_THAT(with(ok, static_cast<double>(kNowMs + 23 * 3'600'000)), IsEmpty());
}

TEST(SessionRules, AnIdWhoseTimeIsNotTheStatedOneIsTold) {
  const auto skewed_by = [](std::int64_t ms) {
    StoreBuilder store;
    store.Session(Ses(1)).model.sessions[Ses(1)].document.created += static_cast<double>(ms);
    store.model.sessions[Ses(1)].document.updated += static_cast<double>(ms);
    return NamesIn(store);
  };
  EXPECT_THAT(skewed_by(5000), IsEmpty());
  EXPECT_THAT(skewed_by(5001), ElementsAre("SESSION_ID_TIME_SKEW " + Ses(1)));
  EXPECT_THAT(skewed_by(-60'000), ElementsAre("SESSION_ID_TIME_SKEW " + Ses(1)));
}

TEST(SessionRules, AnIdOfAnotherEpochIsNotSkewed) {
  const std::string id = "ses_ffbe25e73ffeaxkcjwaV4grzEb";
  StoreBuilder store;
  store.Session(id).model.sessions[id].document.created = 1'786'775'445'900;
  store.model.sessions[id].document.updated = 1'786'775'449'910;
  HomeModel home;
  home.roots.push_back(store.model);
  EXPECT_THAT(CheckHome(home, 1'786'775'500'000), IsEmpty());
}

TEST(ParentRules, AParentThatNoRootKnowsIsMissing) {
  StoreBuilder store;
  store.Session(Ses(2), Ses(1)).Record(Ses(2), Ses(9)).model.records.clear();
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings),
              UnorderedElementsAre("SESSION_PARENT_MISSING " + Ses(2), "CHILD_SESSION_UNTRACKED " + Ses(2)));
  const Finding& missing = findings[findings[0].code == "SESSION_PARENT_MISSING" ? 0 : 1];
  EXPECT_EQ(missing.severity, Severity::kP2);
  EXPECT_EQ(missing.evidence.at("parent"), EvidenceValue(Ses(1)));
  EXPECT_NE(missing.refusal, "") << "the parent left nothing to rebuild it from";
}

TEST(ParentRules, AParentInAnotherRootIsNotMissing) {
  const HomeModel home =
      HomeOf({StoreBuilder(RootKind::kProgram, "/d/dgmo/project/a").Session(Ses(1)),
              StoreBuilder(RootKind::kProgram, "/d/dgmo/project/b").Session(Ses(2), Ses(1)).Record(Ses(2), Ses(1))});
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), UnorderedElementsAre("LAYOUT_SPLIT", "PROJECT_ALIAS_SPLIT " + Ses(2)));
}

TEST(ParentRules, LiteralsThatMeanNoParentAreTold) {
  StoreBuilder store;
  store.Session(Ses(1)).model.sessions[Ses(1)].document.parent_kind = SessionDocument::Parent::kLiteral;
  store.model.sessions[Ses(1)].document.parent = "undefined";
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("SESSION_PARENT_LITERAL " + Ses(1)));
  EXPECT_EQ(findings[0].evidence.at("actual"), EvidenceValue("undefined"));
}

TEST(ParentRules, ASessionCannotBeItsOwnParent) {
  EXPECT_THAT(NamesIn(StoreBuilder().Session(Ses(1), Ses(1)).Record(Ses(1), Ses(1)).Index(Ses(1), {Ses(1)})),
              ElementsAre("SESSION_PARENT_SELF " + Ses(1)));
}

TEST(ParentRules, ARingIsToldOnceByItsSmallestId) {
  // 4 leads into the ring of 1, 2 and 3 without being part of it.
  StoreBuilder store;
  for (const auto& [child, parent] : std::vector<std::pair<int, int>>{{1, 2}, {2, 3}, {3, 1}, {4, 1}}) {
    store.Session(Ses(child), Ses(parent)).Record(Ses(child), Ses(parent));
  }
  store.Index(Ses(2), {Ses(1)}).Index(Ses(3), {Ses(2)}).Index(Ses(1), {Ses(3), Ses(4)});
  const std::vector<Finding> findings = CheckStore(store);
  const std::string smallest = std::min({Ses(1), Ses(2), Ses(3)});
  ASSERT_THAT(Names(findings), ElementsAre("SESSION_PARENT_CYCLE " + smallest));
  EXPECT_EQ(findings[0].paths.size(), 3U);
}

TEST(ParentRules, ADeepChainIsNoRing) {
  StoreBuilder store;
  store.Session(Ses(0));
  for (int i = 1; i < 5000; ++i) {
    store.Session(Ses(i), Ses(i - 1)).Record(Ses(i), Ses(i - 1)).Index(Ses(i - 1), {Ses(i)});
  }
  HomeModel home;
  home.roots.push_back(store.model);
  EXPECT_THAT(Names(CheckHome(home, kNowMs + 10'000'000)), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
