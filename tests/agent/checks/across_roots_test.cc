// Rules that hold the roots of a home against each other.

#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

StoreBuilder RootAt(const std::string& name) { return StoreBuilder(RootKind::kProgram, "/d/dgmo/project/" + name); }

// Without what every home with two populated roots has.
std::vector<Finding> Check(const HomeModel& home) {
  std::vector<Finding> findings = CheckHome(home, kNowMs);
  std::erase_if(findings, [](const Finding& finding) { return finding.code == "LAYOUT_SPLIT"; });
  return findings;
}

TEST(AliasRules, AChildApartFromItsParentIsNoOrphan) {
  const HomeModel home = HomeOf({RootAt("a").Session(Ses(1)).Index(Ses(1), {}), RootAt("b").Session(Ses(2), Ses(1))});
  const std::vector<Finding> findings = Check(home);
  ASSERT_THAT(Names(findings), ElementsAre("PROJECT_ALIAS_SPLIT " + Ses(2)))
      << "neither untracked nor without a parent";
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].repair, "R-CONSOLIDATE");
  EXPECT_EQ(findings[0].root, "/d/dgmo/project/b");
  EXPECT_THAT(findings[0].paths, ElementsAre("/d/dgmo/project/b/storage/session/info/" + Ses(2) + ".json",
                                             "/d/dgmo/project/a/storage/session/info/" + Ses(1) + ".json"));
  EXPECT_EQ(findings[0].evidence.at("parent_root"), EvidenceValue("/d/dgmo/project/a"));
}

TEST(AliasRules, ARecordApartFromItsParentIsOneToo) {
  const HomeModel home =
      HomeOf({RootAt("a").Session(Ses(1)), RootAt("b").Record(Ses(2), Ses(1)), RootAt("c").Messages(Ses(2))});
  EXPECT_THAT(Names(Check(home)), ElementsAre("SESSION_FILE_MISSING " + Ses(2), "PROJECT_ALIAS_SPLIT " + Ses(2)));
}

TEST(AliasRules, ARecordLeftOfADeletedCopyIsNone) {
  EXPECT_THAT(Check(HomeOf({RootAt("a").Family(), RootAt("b").Record(Ses(2), Ses(1))})), IsEmpty());
}

TEST(AliasRules, ADeletedChildIsResidueInEveryRoot) {
  EXPECT_THAT(Names(Check(HomeOf({RootAt("a").Session(Ses(1)), RootAt("b").Record(Ses(2), Ses(1))}))),
              ElementsAre("DELETED_RESIDUE " + Ses(2)));
}

TEST(AliasRules, FamiliesCopiedAsAWholeAreFine) {
  EXPECT_THAT(Check(HomeOf({RootAt("a").Family(), RootAt("b").Family()})), IsEmpty());
}

DifferingDocument Differing(DocumentClass cls, const std::string& id, std::int64_t mtime_ms = kWrittenMs) {
  const std::string path = LayoutOf(RootKind::kProgram).path_of(cls, id, Ses(1));
  return {
      cls,
      id,
      {{"/d/dgmo/project/a", path, StatAt(mtime_ms, 10), "aa"}, {"/d/dgmo/project/b", path, StatAt(kWrittenMs), "bb"}}};
}

TEST(DuplicateRules, ASessionThatDiffersIsOneFinding) {
  HomeModel home = HomeOf({RootAt("a").Session(Ses(1)), RootAt("b").Session(Ses(1))});
  EXPECT_THAT(Check(home), IsEmpty()) << "not looked at";
  home.duplicates.emplace();
  EXPECT_THAT(Check(home), IsEmpty()) << "all the same";
  home.duplicates->sessions[Ses(1)] = {
      {Differing(DocumentClass::kSession, Ses(1)), Differing(DocumentClass::kMessage, "msg_a")}, 2, 1};
  const std::vector<Finding> findings = Check(home);
  ASSERT_THAT(Names(findings), ElementsAre("STORAGE_DUPLICATE_ID " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].repair, "R-CONSOLIDATE");
  EXPECT_EQ(findings[0].root, home.home.path);
  EXPECT_THAT(findings[0].paths, SizeIs(4));
  EXPECT_EQ(findings[0].path, "/d/dgmo/project/a/storage/session/info/" + Ses(1) + ".json");
  EXPECT_EQ(findings[0].evidence.at("messages"), EvidenceValue(1));
  EXPECT_EQ(findings[0].evidence.at("copy_1"),
            EvidenceValue("/d/dgmo/project/a: 10 bytes, written 2025-07-08T08:13:20.000Z, sha256 aa"));
}

TEST(DuplicateRules, WhatIsBeingWrittenMayDiffer) {
  HomeModel home = HomeOf({RootAt("a").Session(Ses(1)), RootAt("b").Session(Ses(1))});
  home.duplicates.emplace().sessions[Ses(1)] = {{Differing(DocumentClass::kSession, Ses(1), kNowMs - 9'999)}, 1, 0};
  EXPECT_THAT(Check(home), SizeIs(1));
  home.roots[0].live = true;
  EXPECT_THAT(Check(home), IsEmpty());
}

TEST(DataPathRules, AVariableThatLeadsNowhereIsTold) {
  HomeModel home = HomeOf({RootAt("a").Session(Ses(1))});
  home.lost_data_paths = {{"/nowhere", 0}, {"typo", 17}};
  const std::vector<Finding> findings = Check(home);
  ASSERT_THAT(Names(findings), ElementsAre("STORAGE_ENV_OVERRIDE_INVALID", "STORAGE_ENV_OVERRIDE_INVALID"));
  EXPECT_NE(findings[0].fingerprint, findings[1].fingerprint);
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].root, home.home.path);
  EXPECT_EQ(findings[1].path, "/nowhere");
  EXPECT_EQ(findings[1].evidence.at("value"), EvidenceValue("/nowhere"));
  EXPECT_EQ(findings[0].path, home.home.path) << "a relative value is no place";
  EXPECT_EQ(findings[0].evidence.at("pid"), EvidenceValue(17));
}

}  // namespace
}  // namespace fleet::agent
