#include "agent/policy/unasked_repairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "agent/policy/auto_repair_memory.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Finding Lost(const std::string& subject, const std::string& repair = "R-INDEX", bool automatic = true) {
  Finding finding;
  finding.code = "INDEX_MISSING_ENTRY";
  finding.root = "/home/mira/root";
  finding.subject_id = subject;
  finding.repair = repair;
  finding.auto_repair = automatic;
  finding.fingerprint = Fingerprint(finding.code, finding.root, subject);
  return finding;
}

class UnaskedRepairsTest : public testing::Test {
 protected:
  UnaskedRepairs& Agent() {
    if (!agent_) {
      agent_.emplace(UnaskedRepairs::Parts{
          .clock = clock_,
          .state = dir_ / "state",
          .settings = {.settling_ms = 0, .cooldown_ms = 0, .budget = 100},
          .consent = {"R-PORT"},
          .policy = [this] { return policy_; },
          .run = [this](const RepairSelection& selection, bool apply) { return Engine(selection, apply); }});
    }
    return *agent_;
  }
  void Restart() { agent_.reset(); }

  // An engine that does what it is told to.
  absl::StatusOr<RepairRun> Engine(const RepairSelection& selection, bool apply) {
    selections_.push_back(selection);
    if (apply) ++applied_;
    RepairRun run;
    for (const std::string& fingerprint : selection.fingerprints) {
      Plan plan;
      plan.repair = selection.repairs.at(0);
      plan.root.path = "/home/mira/root";
      plan.subject_id = fingerprint;
      plan.fingerprints = {fingerprint};
      RepairResult result;
      result.repair = plan.repair;
      result.root = plan.root.path;
      result.subject_id = plan.subject_id;
      result.outcome = outcome_;
      result.reason = outcome_ == Outcome::kApplied ? "" : reason_;
      run.plans.push_back(plan);
      if (apply) run.results.push_back(result);
    }
    return run;
  }
  // Codes after a look at these findings, and what is due done.
  std::vector<std::string> LookAndRepair(std::vector<Finding> findings, const std::set<std::string>& live = {}) {
    clock_.Advance(std::chrono::seconds(1));
    if (Agent().Consider(findings, live, {}).due) Agent().Run();
    std::vector<std::string> codes;
    for (const Finding& finding : findings) codes.push_back(finding.code);
    return codes;
  }

  TempDir dir_;
  FakeClock clock_;
  RepairPolicy policy_ = RepairPolicy::kSafe;
  Outcome outcome_ = Outcome::kApplied;
  std::string reason_ = "not_cured";
  int applied_ = 0;
  std::vector<RepairSelection> selections_;
  std::optional<UnaskedRepairs> agent_;
};

TEST_F(UnaskedRepairsTest, RepairsExactlyWhatThePolicyChose) {
  const Finding safe = Lost("a");
  LookAndRepair({safe, Lost("b", "R-INDEX", false), Lost("c", "R-UNHEARD-OF")});
  ASSERT_THAT(selections_, SizeIs(1));
  EXPECT_THAT(selections_[0].repairs, ElementsAre("R-INDEX"));
  EXPECT_THAT(selections_[0].fingerprints, ElementsAre(safe.fingerprint));
  EXPECT_THAT(selections_[0].consent, IsEmpty()) << "that would let it write beside a running dgmo";
  EXPECT_EQ(applied_, 1);
}

TEST_F(UnaskedRepairsTest, OffDoesNothingAndObserveOnlyPlansOnce) {
  policy_ = RepairPolicy::kOff;
  LookAndRepair({Lost("a")});
  EXPECT_THAT(selections_, IsEmpty());
  policy_ = RepairPolicy::kObserve;
  LookAndRepair({Lost("a")});
  LookAndRepair({Lost("a")});
  EXPECT_THAT(selections_, SizeIs(1));
  EXPECT_EQ(applied_, 0);
}

TEST_F(UnaskedRepairsTest, ThePolicyIsAskedAgainRightBefore) {
  std::vector<Finding> findings = {Lost("a")};
  EXPECT_TRUE(Agent().Consider(findings, {}, {}).due);
  policy_ = RepairPolicy::kOff;
  Agent().Run();
  EXPECT_EQ(applied_, 0);
}

TEST_F(UnaskedRepairsTest, AllMeansWhatIsConsentedTo) {
  policy_ = RepairPolicy::kAll;
  LookAndRepair({Lost("a", "R-PORT", false), Lost("b", "R-DISK", false)});
  ASSERT_THAT(selections_, SizeIs(1));
  EXPECT_THAT(selections_[0].repairs, ElementsAre("R-PORT"));
  EXPECT_THAT(selections_[0].consent, ElementsAre("R-PORT"));
}

TEST_F(UnaskedRepairsTest, WaitsWhereADgmoWorks) {
  LookAndRepair({Lost("a")}, {"/home/mira/root"});
  EXPECT_EQ(applied_, 0);
}

TEST_F(UnaskedRepairsTest, AStormStopsAfterThreeAndIsAFindingAlsoAfterARestart) {
  std::vector<std::string> codes;
  for (int round = 0; round < 10; ++round) {
    codes = LookAndRepair({Lost("a")});
    LookAndRepair({});
    Restart();
  }
  EXPECT_EQ(applied_, 3);
  EXPECT_THAT(codes, ElementsAre("INDEX_MISSING_ENTRY", "AGENT_RECOVERY_FAILED"));
}

TEST_F(UnaskedRepairsTest, FailingTwiceIsARecoveryFailure) {
  outcome_ = Outcome::kFailed;
  for (int round = 0; round < 5; ++round) LookAndRepair({Lost("a")});
  EXPECT_EQ(applied_, 2);
  EXPECT_THAT(LookAndRepair({Lost("a")}), ElementsAre("INDEX_MISSING_ENTRY", "AGENT_RECOVERY_FAILED"));
}

TEST_F(UnaskedRepairsTest, ManyFaultsOfOneKindAreOneRecoveryFailure) {
  outcome_ = Outcome::kFailed;
  for (int round = 0; round < 2; ++round) LookAndRepair({Lost("a"), Lost("b")});
  EXPECT_THAT(LookAndRepair({Lost("a"), Lost("b")}), SizeIs(3));
}

TEST_F(UnaskedRepairsTest, ARefusalIsNoFailureUnlessItIsForGood) {
  outcome_ = Outcome::kRefused;
  reason_ = "dgmo_live";
  for (int round = 0; round < 5; ++round) EXPECT_THAT(LookAndRepair({Lost("a")}), SizeIs(1));
  EXPECT_EQ(applied_, 5);
  reason_ = "failed_twice";
  LookAndRepair({Lost("a")});
  EXPECT_THAT(LookAndRepair({Lost("a")}), SizeIs(2));
}

TEST_F(UnaskedRepairsTest, ATornMemoryIsAFreshStart) {
  LookAndRepair({Lost("a")});
  Restart();
  dir_.Write("state/auto-repair.json", "{\"format\": 1, \"fau");
  LookAndRepair({Lost("a")});
  EXPECT_EQ(applied_, 2);
}

TEST_F(UnaskedRepairsTest, WhatCannotBeRememberedIsNotBegun) {
  dir_.Write("state", "no folder");
  LookAndRepair({Lost("a")});
  EXPECT_EQ(applied_, 0);
}

TEST(AutoRepairMemoryText, IsReadBackAsItWas) {
  AutoRepairMemory memory;
  memory.faults["f"] = {.code = "X",
                        .repair = "R-INDEX",
                        .root = "/r",
                        .subject = "s",
                        .present = true,
                        .since_ms = 1,
                        .tried_ms = 2,
                        .repaired_ms = 3,
                        .repairs = 4,
                        .returns = 2,
                        .failures = 1,
                        .running = true,
                        .stopped = true,
                        .why = "because"};
  memory.runs["R-INDEX"] = {1, 2, 3};
  EXPECT_EQ(MemoryFromText(MemoryText(memory)).value(), memory);
  EXPECT_FALSE(MemoryFromText("{}").ok());
  EXPECT_FALSE(MemoryFromText(R"({"format": 2, "faults": {}, "runs": {}})").ok());
  EXPECT_FALSE(MemoryFromText(R"({"format": 1, "faults": {"f": {"code": 7}}, "runs": {}})").ok());
}

}  // namespace
}  // namespace fleet::agent
