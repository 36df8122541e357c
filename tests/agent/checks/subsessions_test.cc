#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Finding& Find(const std::vector<Finding>& findings, std::string_view code) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.code == code; });
  EXPECT_NE(found, findings.end()) << code;
  return *found;
}

TEST(SubsessionRules, AChildWithoutRecordIsUntracked) {
  StoreBuilder store;
  store.Family().Session(Ses(4), Ses(1));
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("CHILD_SESSION_UNTRACKED " + Ses(4)));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].repair, "R-SUBSESSION-SYNTH");
  EXPECT_TRUE(findings[0].auto_repair);
  EXPECT_EQ(findings[0].evidence.at("parent"), EvidenceValue(Ses(1)));
}

TEST(SubsessionRules, ADamagedRecordIsNotAMissingOne) {
  StoreBuilder store;
  store.Family().model.records.erase(Ses(2));
  store.Damage(store.PathOf(DocumentClass::kSubsession, Ses(2)), FaultKind::kTruncated);
  EXPECT_THAT(NamesIn(store), ElementsAre("SUBSESSION_JSON_TRUNCATED " + Ses(2)));
}

TEST(SubsessionRules, ARecordWithMessagesButNoInfoIsAMissingSession) {
  StoreBuilder store;
  store.Family().model.sessions.erase(Ses(2));
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings),
              UnorderedElementsAre("SESSION_FILE_MISSING " + Ses(2), "SUBSESSION_SESSION_MISSING " + Ses(2)));
  EXPECT_EQ(Find(findings, "SUBSESSION_SESSION_MISSING").severity, Severity::kP1);
}

TEST(SubsessionRules, ALostParentOrphansItsChildrenAndItsIndex) {
  StoreBuilder store;
  store.Family().model.sessions.erase(Ses(1));
  const std::vector<Finding> findings = CheckStore(store);
  EXPECT_THAT(Names(findings),
              UnorderedElementsAre("SESSION_FILE_MISSING " + Ses(1), "SESSION_PARENT_MISSING " + Ses(2),
                                   "SESSION_PARENT_MISSING " + Ses(3), "ORPHAN_SUBSESSION " + Ses(2),
                                   "ORPHAN_SUBSESSION " + Ses(3), "INDEX_ORPHAN " + Ses(1)));
  EXPECT_EQ(Find(findings, "ORPHAN_SUBSESSION").refusal, "") << "the parent can be rebuilt from its messages";
  store.model.conversations.erase(Ses(1));
  EXPECT_NE(Find(CheckStore(store), "ORPHAN_SUBSESSION").refusal, "");
  EXPECT_NE(Find(CheckStore(store), "INDEX_ORPHAN").refusal, "");
}

TEST(SubsessionRules, ADeletedFamilyIsResidueAndNothingElse) {
  StoreBuilder store;
  store.Record(Ses(2), Ses(1)).Record(Ses(3), Ses(1)).Index(Ses(1), {Ses(2), Ses(3), Ses(4)});
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("DELETED_RESIDUE " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].paths.size(), 3U);
  EXPECT_EQ(findings[0].repair, "R-PRUNE");
}

TEST(SubsessionRules, ADeletedChildOfALivingParentIsResidue) {
  StoreBuilder store;
  store.Family().model.sessions.erase(Ses(2));
  store.model.conversations.erase(Ses(2));
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("DELETED_RESIDUE " + Ses(2)));
  EXPECT_THAT(findings[0].paths, ElementsAre("/d/dgmo/project/p/" + store.PathOf(DocumentClass::kSubsession, Ses(2)),
                                             "/d/dgmo/project/p/" + store.PathOf(DocumentClass::kIndex, Ses(1))));
}

TEST(SubsessionRules, WhatMayStillBeThereIsNoResidue) {
  StoreBuilder unreadable;
  unreadable.Record(Ses(2), Ses(1)).Index(Ses(1), {Ses(2)});
  unreadable.model.unreadable["storage/session/message"] = {EACCES, true};
  EXPECT_THAT(NamesIn(unreadable), ElementsAre("PERM_DIR_ACCESS storage/session/message"));
  // The conversation of the parent is there, so the parent was not deleted.
  StoreBuilder lost;
  lost.Messages(Ses(1)).Record(Ses(2), Ses(1)).Index(Ses(1), {Ses(2)});
  EXPECT_THAT(NamesIn(lost), ElementsAre("SESSION_FILE_MISSING " + Ses(1)));
  // The session lies in another root.
  const HomeModel home =
      HomeOf({StoreBuilder(RootKind::kProgram, "/d/a").Record(Ses(2), Ses(1)), StoreBuilder(RootKind::kProgram, "/d/b")
                                                                                   .Session(Ses(1))
                                                                                   .Session(Ses(2), Ses(1))
                                                                                   .Record(Ses(2), Ses(1))
                                                                                   .Index(Ses(1), {Ses(2)})});
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

TEST(SubsessionRules, RecordsKeepTheirOwnIdAndTheirSessionsParent) {
  StoreBuilder store;
  store.Family().Session(Ses(4)).model.records[Ses(2)].document.id = Ses(4);
  EXPECT_THAT(NamesIn(store), ElementsAre("SUBSESSION_ID_MISMATCH " + Ses(2)));
  StoreBuilder moved;
  moved.Family().Session(Ses(4)).model.sessions[Ses(2)].document.parent = Ses(4);
  const std::vector<Finding> findings = CheckStore(moved);
  ASSERT_THAT(Names(findings), ElementsAre("SUBSESSION_PARENT_MISMATCH " + Ses(2)));
  EXPECT_EQ(findings[0].evidence.at("listed_by"), EvidenceValue(Ses(1)));
  EXPECT_EQ(findings[0].evidence.at("session_parent"), EvidenceValue(Ses(4)));
}

TEST(IndexRules, RecordsWithoutAnIndexAreHidden) {
  StoreBuilder store;
  store.Family().model.indexes.clear();
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("SUBSESSION_INDEX_MISSING " + Ses(1)));
  EXPECT_EQ(findings[0].repair, "R-INDEX");
  EXPECT_EQ(findings[0].path, "/d/dgmo/project/p/storage/session/sub-session-index/" + Ses(1) + ".json");
  EXPECT_EQ(findings[0].evidence.at("records"), EvidenceValue(std::int64_t{2}));
}

TEST(IndexRules, ADamagedIndexIsOneFinding) {
  for (const FaultKind kind : {FaultKind::kEmpty, FaultKind::kShape}) {
    StoreBuilder store;
    store.Family().model.indexes.clear();
    store.Damage(store.PathOf(DocumentClass::kIndex, Ses(1)), kind);
    const std::vector<Finding> findings = CheckStore(store);
    ASSERT_THAT(Names(findings),
                ElementsAre((kind == FaultKind::kEmpty ? "INDEX_JSON_EMPTY " : "INDEX_SHAPE_INVALID ") + Ses(1)));
    EXPECT_EQ(findings[0].repair, "R-INDEX");
    EXPECT_EQ(findings[0].severity, Severity::kP2);
  }
}

TEST(IndexRules, ARecordTheIndexLacksIsHidden) {
  StoreBuilder store;
  store.Family().model.indexes[Ses(1)].document.entries.pop_back();
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("INDEX_MISSING_ENTRY " + Ses(3)));
  EXPECT_EQ(findings[0].path, "/d/dgmo/project/p/storage/session/sub-session-index/" + Ses(1) + ".json");
  EXPECT_EQ(findings[0].evidence.at("parent"), EvidenceValue(Ses(1)));
}

TEST(IndexRules, AnEntryWithoutRecordWeighsByWhatItNames) {
  StoreBuilder nothing;
  nothing.Family().model.indexes[Ses(1)].document.entries.push_back({true, Ses(4)});
  std::vector<Finding> findings = CheckStore(nothing);
  ASSERT_THAT(Names(findings), ElementsAre("INDEX_DANGLING_ENTRY " + Ses(4)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].repair, "R-INDEX");

  StoreBuilder child = nothing;
  child.Session(Ses(4), Ses(1));
  findings = CheckStore(child);
  EXPECT_EQ(Find(findings, "INDEX_DANGLING_ENTRY").severity, Severity::kP2);
  EXPECT_EQ(Find(findings, "INDEX_DANGLING_ENTRY").repair, "R-SUBSESSION-SYNTH");

  StoreBuilder stranger = nothing;
  stranger.Session(Ses(4));
  findings = CheckStore(stranger);
  EXPECT_EQ(Find(findings, "INDEX_DANGLING_ENTRY").repair, "R-INDEX");
}

TEST(IndexRules, AnEntryNamingADamagedRecordIsNotDangling) {
  StoreBuilder store;
  store.Family().model.records.erase(Ses(3));
  store.Damage(store.PathOf(DocumentClass::kSubsession, Ses(3)), FaultKind::kNul);
  EXPECT_THAT(NamesIn(store), ElementsAre("SUBSESSION_JSON_NUL " + Ses(3)));
}

TEST(IndexRules, WrongParentsDuplicatesAndNonIdsAreTold) {
  StoreBuilder wrong;
  wrong.Family().Session(Ses(5)).Index(Ses(5), {Ses(2)});
  EXPECT_THAT(NamesIn(wrong), ElementsAre("INDEX_WRONG_PARENT " + Ses(2)));

  StoreBuilder twice;
  twice.Family().model.indexes[Ses(1)].document.entries.push_back({true, Ses(2)});
  std::vector<Finding> findings = CheckStore(twice);
  ASSERT_THAT(Names(findings), ElementsAre("INDEX_DUPLICATE_ENTRY " + Ses(2)));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].evidence.at("times"), EvidenceValue(std::int64_t{2}));

  StoreBuilder malformed;
  malformed.Family().model.indexes[Ses(1)].document.entries.push_back({false, ""});
  malformed.model.indexes[Ses(1)].document.entries.push_back({true, "../info/" + Ses(1)});
  findings = CheckStore(malformed);
  ASSERT_THAT(Names(findings), ElementsAre("INDEX_ENTRY_MALFORMED " + Ses(1)));
  EXPECT_EQ(findings[0].evidence.at("malformed"), EvidenceValue(std::int64_t{2}));
}

TEST(IndexRules, AnEmptiedIndexIsHealthy) {
  EXPECT_THAT(NamesIn(StoreBuilder().Session(Ses(1)).Index(Ses(1), {})), IsEmpty());
}

TEST(IndexRules, TheSameChildInTwoIndexesIsTwoFaults) {
  StoreBuilder store;
  store.Family().Session(Ses(5)).Index(Ses(5), {Ses(2)}).Session(Ses(6)).Index(Ses(6), {Ses(2)});
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_NE(findings[0].fingerprint, findings[1].fingerprint);
}

TEST(GuideIndexRules, AgreesWithItsFiles) {
  StoreBuilder store(RootKind::kGuide, "/w/dgmo");
  store.Family();
  GuideIndex index;
  index.document.entries = {{Ses(1), Ses(1), {Ses(2), Ses(3)}}};
  index.path = "sessions/index.json";
  index.stat = StatAt(kWrittenMs);
  store.model.guide_index = index;
  EXPECT_THAT(NamesIn(store), IsEmpty());

  store.model.guide_index->document.entries[0].subsessions = {Ses(2), Ses(7)};
  store.model.guide_index->document.entries.push_back({Ses(8), Ses(9), {}});
  store.Session(Ses(4));
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("GUIDE_INDEX_MISMATCH"));
  for (const char* kind : {"listed_without_file", "key_and_id_differ", "sub_session_without_file", "session_not_listed",
                           "sub_session_not_listed"}) {
    EXPECT_EQ(findings[0].evidence.count(kind), 1U) << kind;
  }
  EXPECT_EQ(findings[0].path, "/w/dgmo/sessions/index.json");
}

}  // namespace
}  // namespace fleet::agent
