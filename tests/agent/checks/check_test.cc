#include "agent/checks/check.h"

#include <gmock/gmock.h>

#include "common/rule_catalogue.h"
#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// Everything wrong at once that one builder can express.
StoreBuilder Ruin() {
  StoreBuilder store;
  store.Family().Messages(Ses(10)).Info(Ses(11)).Session(Ses(12), Ses(99)).Session(Ses(13), Ses(13));
  store.Record(Ses(14), Ses(98)).Index(Ses(97), {Ses(2)}).Index(Ses(12), {Ses(96), Ses(96), "x"});
  store.Damage("app.json", FaultKind::kEmpty).AddStray("storage/session/info/x.txt", Stray::Kind::kForeignFile);
  return store;
}

TEST(Check, ComesWorstFirstAndTheSameEachTime) {
  const std::vector<Finding> findings = CheckStore(Ruin());
  ASSERT_GT(findings.size(), 8U);
  for (std::size_t i = 1; i < findings.size(); ++i) EXPECT_LE(findings[i - 1].severity, findings[i].severity);
  EXPECT_EQ(Names(findings), Names(CheckStore(Ruin())));
}

TEST(Check, EveryFindingIsInTheCatalogueAndHasAnIdentityOfItsOwn) {
  std::set<std::string> fingerprints;
  for (const Finding& finding : CheckStore(Ruin())) {
    EXPECT_NE(FindRule(finding.code), nullptr) << finding.code;
    EXPECT_TRUE(fingerprints.insert(finding.fingerprint).second) << finding.code << " " << finding.subject_id;
    EXPECT_FALSE(finding.path.empty()) << finding.code;
    EXPECT_FALSE(finding.component.empty()) << finding.code;
    EXPECT_EQ(finding.refusal.empty() || !finding.auto_repair, true) << finding.code;
  }
}

TEST(Liveness, WhatAProgramJustWroteIsLeftAlone) {
  StoreBuilder store;
  store.model.live = true;
  store.mtime_ms = kNowMs - 9'999;
  store.Messages(Ses(1)).Info(Ses(2), Ses(9)).Record(Ses(3), Ses(8)).Session(Ses(4)).Index(Ses(4), {Ses(5)});
  store.Damage("storage/session/info/" + Ses(6) + ".json", FaultKind::kEmpty);
  store.AddStray("storage/session/info/x.txt", Stray::Kind::kForeignFile);
  EXPECT_THAT(NamesIn(store), IsEmpty());
  store.model.live = false;
  EXPECT_GE(CheckStore(store).size(), 7U);
}

TEST(Liveness, OldDamageIsToldThoughTheProgramRuns) {
  StoreBuilder store;
  store.model.live = true;
  store.mtime_ms = kNowMs - 10'000;
  store.Messages(Ses(1));
  EXPECT_THAT(NamesIn(store), ElementsAre("SESSION_FILE_MISSING " + Ses(1)));
}

TEST(Liveness, APartnerThatIsStillYoungExcusesTheOther) {
  StoreBuilder store;
  store.model.live = true;
  store.Session(Ses(1)).Index(Ses(1), {});
  store.mtime_ms = kNowMs - 500;
  store.Session(Ses(2), Ses(1));  // its record comes next
  EXPECT_THAT(NamesIn(store), IsEmpty());
  store.Record(Ses(2), Ses(1));  // its entry comes next
  EXPECT_THAT(NamesIn(store), IsEmpty());
}

TEST(SuspiciousPaths, NameWhatMayBeInTheMiddleOfAWrite) {
  StoreBuilder store;
  store.model.live = true;
  store.mtime_ms = kNowMs;
  const std::string bad = store.PathOf(DocumentClass::kSession, Ses(9));
  store.Family().Damage(bad, FaultKind::kTruncated).Messages(Ses(10));
  store.AddStray("storage/session/info/x.txt", Stray::Kind::kForeignFile);
  store.model.indexes[Ses(1)].document.entries.pop_back();
  const std::vector<std::string> paths = SuspiciousPaths(store.model);
  EXPECT_THAT(paths, Contains(bad));
  EXPECT_THAT(paths, Contains(store.PathOf(DocumentClass::kSession, Ses(10)))) << "missing, perhaps not for long";
  EXPECT_THAT(paths, Contains(store.PathOf(DocumentClass::kIndex, Ses(1))));
  EXPECT_THAT(paths, Not(Contains("storage/session/info/x.txt"))) << "reading it again would not help";
  EXPECT_THAT(paths, Not(Contains("storage/session/message/" + Ses(10)))) << "a folder";
  EXPECT_THAT(SuspiciousPaths(StoreBuilder().Family().model), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
