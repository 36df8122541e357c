#include "agent/policy/auto_repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;

RepairCandidate Fault(const std::string& name, const std::string& repair = "R-INDEX") {
  return {.fingerprint = name,
          .code = "INDEX_MISSING_ENTRY",
          .repair = repair,
          .root = "/home/mira",
          .subject = name,
          .safe = true};
}

class AutoRepairTest : public testing::Test {
 protected:
  AutoRepair::Decision Look(const std::vector<RepairCandidate>& seen, RepairPolicy policy = RepairPolicy::kSafe) {
    return repair_.Look(now_, policy, seen);
  }
  // Looks, waits as long as it takes to settle, and answers what is chosen then.
  std::optional<RepairChoice> Settled(const std::vector<RepairCandidate>& seen,
                                      RepairPolicy policy = RepairPolicy::kSafe) {
    Look(seen, policy);
    now_ += settings_.settling_ms;
    return Look(seen, policy).choice;
  }
  void Repair(const RepairChoice& choice, FaultOutcome outcome = FaultOutcome::kRepaired) {
    repair_.OnBegin(now_, choice);
    for (const std::string& one : choice.fingerprints) repair_.OnOutcome(now_, one, outcome, "why");
  }
  // A fault appears, is repaired and is gone.
  void RepairOnce(const RepairCandidate& fault) {
    const auto choice = Settled({fault});
    ASSERT_TRUE(choice);
    Repair(*choice);
    Look({});
    now_ += settings_.cooldown_ms;
  }

  AutoRepairSettings settings_;
  AutoRepair repair_{settings_};
  std::int64_t now_ = 1'790'000'000'000;
};

TEST_F(AutoRepairTest, RepairsAFaultThatHasSettled) {
  const AutoRepair::Decision first = Look({Fault("a")});
  EXPECT_FALSE(first.choice);
  EXPECT_EQ(first.look_again_ms, settings_.settling_ms);
  now_ += settings_.settling_ms;
  const AutoRepair::Decision second = Look({Fault("a")});
  ASSERT_TRUE(second.choice);
  EXPECT_EQ(second.choice->repair, "R-INDEX");
  EXPECT_THAT(second.choice->fingerprints, ElementsAre("a"));
  EXPECT_THAT(second.notes, IsEmpty()) << "quiet about success";
}

TEST_F(AutoRepairTest, NeverWhereADgmoWorksAndNotRightAfterwards) {
  RepairCandidate live = Fault("a");
  live.live = true;
  EXPECT_FALSE(Settled({live}));
  now_ += kMinute;
  EXPECT_FALSE(Look({live}).choice);
  EXPECT_FALSE(Look({Fault("a")}).choice) << "it has just ended";
  now_ += settings_.settling_ms;
  EXPECT_TRUE(Look({Fault("a")}).choice);
}

TEST(RepairPolicies, AllowWhatTheySay) {
  struct Row {
    RepairPolicy policy;
    bool safe;
    bool consented;
    bool repaired;
  };
  constexpr Row kRows[] = {
      {RepairPolicy::kOff, true, true, false},      {RepairPolicy::kObserve, true, true, true},
      {RepairPolicy::kObserve, false, true, false}, {RepairPolicy::kSafe, true, true, true},
      {RepairPolicy::kSafe, false, true, false},    {RepairPolicy::kSafe, true, false, false},
      {RepairPolicy::kAll, false, true, true},      {RepairPolicy::kAll, true, true, true},
      {RepairPolicy::kAll, false, false, false},
  };
  for (const Row& row : kRows) {
    AutoRepair repair(AutoRepairSettings{.settling_ms = 0});
    RepairCandidate fault = Fault("a");
    fault.safe = row.safe;
    fault.consented = row.consented;
    EXPECT_EQ(repair.Look(1, row.policy, std::vector{fault}).choice.has_value(), row.repaired)
        << RepairPolicyText(row.policy) << " safe=" << row.safe << " consented=" << row.consented;
    EXPECT_EQ(RepairPolicyOf(RepairPolicyText(row.policy)), row.policy);
  }
  EXPECT_FALSE(RepairPolicyOf("everything"));
}

TEST_F(AutoRepairTest, TheMildestRepairGoesFirstAndAlone) {
  const std::vector<RepairCandidate> seen = {Fault("a", "R-QUARANTINE"), Fault("b", "R-TMP"), Fault("c"), Fault("d")};
  const auto choice = Settled(seen);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->repair, "R-INDEX");
  EXPECT_THAT(choice->fingerprints, ElementsAre("c", "d"));
  Repair(*choice);
  EXPECT_EQ(Look({seen[0], seen[1]}).choice->repair, "R-TMP");
}

TEST_F(AutoRepairTest, WaitsBetweenTriesAtTheSameFault) {
  const auto choice = Settled({Fault("a")});
  Repair(*choice, FaultOutcome::kRefused);
  const AutoRepair::Decision decision = Look({Fault("a")});
  EXPECT_FALSE(decision.choice);
  EXPECT_EQ(decision.look_again_ms, settings_.cooldown_ms);
  now_ += settings_.cooldown_ms;
  EXPECT_TRUE(Look({Fault("a")}).choice) << "a refusal never counts against it";
}

TEST_F(AutoRepairTest, ThreeReturnsAreAPersonsTurn) {
  for (int round = 0; round < 3; ++round) RepairOnce(Fault("a"));
  const AutoRepair::Decision decision = Look({Fault("a")});
  EXPECT_FALSE(decision.choice);
  EXPECT_THAT(decision.notes, ElementsAre(HasSubstr("came back"), HasSubstr("not repaired any more")));
  EXPECT_FALSE(Settled({Fault("a")}));
  ASSERT_THAT(repair_.Stopped(), SizeIs(1));
  EXPECT_EQ(repair_.Stopped()[0]->returns, 3);
  EXPECT_TRUE(Settled({Fault("a"), Fault("b")})) << "other faults are repaired";
}

TEST_F(AutoRepairTest, TellsOfManySubjectsInOneSentence) {
  const std::vector<RepairCandidate> seen = {Fault("a"), Fault("b"), Fault("c")};
  Repair(*Settled(seen));
  Look({});
  EXPECT_THAT(Look(seen).notes, ElementsAre(HasSubstr("1 time so far (3 subjects)")));
}

TEST_F(AutoRepairTest, AStoppedFaultIsReportedWhileItIsThereAndForgottenAfterProbation) {
  for (int round = 0; round < 3; ++round) RepairOnce(Fault("a"));
  Look({Fault("a")});
  Look({});
  EXPECT_THAT(repair_.Stopped(), IsEmpty());
  now_ += kMinute;
  Look({Fault("a")});
  EXPECT_THAT(repair_.Stopped(), SizeIs(1)) << "a minute is no cure";
  Look({});
  now_ += settings_.probation_ms;
  EXPECT_TRUE(Settled({Fault("a")}));
}

TEST_F(AutoRepairTest, WhatStayedAwayThroughProbationStartsAfresh) {
  for (int round = 0; round < 10; ++round) {
    RepairOnce(Fault("a"));
    now_ += settings_.probation_ms;
  }
  EXPECT_THAT(repair_.Stopped(), IsEmpty());
}

TEST_F(AutoRepairTest, ARepairThatFailsTwiceIsAPersonsTurn) {
  Repair(*Settled({Fault("a")}), FaultOutcome::kFailed);
  EXPECT_THAT(repair_.Stopped(), IsEmpty());
  now_ += settings_.cooldown_ms;
  Repair(*Settled({Fault("a")}), FaultOutcome::kFailed);
  ASSERT_THAT(repair_.Stopped(), SizeIs(1));
  EXPECT_EQ(repair_.Stopped()[0]->why, "why");
}

TEST_F(AutoRepairTest, WhatTheEngineGaveUpIsAPersonsTurn) {
  Repair(*Settled({Fault("a")}), FaultOutcome::kGivenUp);
  EXPECT_THAT(repair_.Stopped(), SizeIs(1));
}

TEST_F(AutoRepairTest, AnAgentThatDiesInARepairHasFailed) {
  for (int life = 0; life < 2; ++life) {
    const auto choice = Settled({Fault("a")});
    ASSERT_TRUE(choice);
    repair_.OnBegin(now_, *choice);
    AutoRepair next(settings_, repair_.memory());
    std::swap(repair_, next);
    now_ += settings_.cooldown_ms;
  }
  Look({Fault("a")});
  EXPECT_THAT(repair_.Stopped(), SizeIs(1));
}

TEST_F(AutoRepairTest, AKindOfRepairHasABudget) {
  for (int run = 0; run < settings_.budget; ++run) {
    const auto choice = Settled({Fault("fault " + std::to_string(run))});
    ASSERT_TRUE(choice) << run;
    Repair(*choice);
  }
  EXPECT_FALSE(Settled({Fault("one more")}));
  EXPECT_TRUE(Settled({Fault("one more"), Fault("other", "R-TMP")})) << "another kind has its own";
  now_ += settings_.window_ms;
  EXPECT_TRUE(Look({Fault("one more")}).choice);
}

TEST_F(AutoRepairTest, WhatIsUnknownIsNotGone) {
  Repair(*Settled({Fault("a")}), FaultOutcome::kRefused);
  repair_.Look(now_, RepairPolicy::kSafe, {}, {"a"});
  EXPECT_TRUE(repair_.memory().faults.at("a").present);
  repair_.Look(now_, RepairPolicy::kSafe, {});
  EXPECT_FALSE(repair_.memory().faults.at("a").present);
}

TEST_F(AutoRepairTest, AClockThatIsSetBackStopsNothing) {
  Repair(*Settled({Fault("a")}), FaultOutcome::kRefused);
  now_ -= 365 * 24 * 60 * kMinute;
  Look({Fault("a")});
  now_ += settings_.cooldown_ms;
  EXPECT_TRUE(Look({Fault("a")}).choice);
}

// Whatever happens in whatever order: never more runs of a kind in the window than the budget, never a fault that came
// back three times, never where a dgmo works, never before it has settled, and never one sooner than the cool-down.
TEST(AutoRepairAtRandom, KeepsItsPromises) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto roll = [&](int sides) { return static_cast<int>(random() % static_cast<std::uint32_t>(sides)); };
    const AutoRepairSettings settings{
        .settling_ms = 10, .cooldown_ms = 30, .window_ms = 200, .budget = 2 + roll(4), .probation_ms = 400};
    AutoRepair repair(settings);
    struct Model {
      bool there = false;
      bool live = false;
      std::int64_t quiet_since = 0;  // there, and no dgmo
      std::int64_t tried = -1'000;
      std::int64_t gone_since = 0;
      bool repaired = false;  // and not come back since
      int returns = 0;
    };
    std::map<std::string, Model> faults;
    for (int i = 0; i < 4; ++i) faults["f" + std::to_string(i)];
    std::map<std::string, std::deque<std::int64_t>> runs;
    std::int64_t now = 1'000;
    for (int step = 0; step < 400; ++step) {
      now += roll(15);
      std::vector<RepairCandidate> seen;
      for (auto& [name, fault] : faults) {
        const bool was = fault.there;
        if (roll(5) == 0) fault.there = !fault.there;
        const bool live = roll(6) == 0;
        if (!was && fault.there) {
          if (now - fault.gone_since >= settings.probation_ms) fault.repaired = false, fault.returns = 0;
          if (fault.repaired) ++fault.returns;
          fault.repaired = false;
          fault.quiet_since = now;
        }
        if (was && !fault.there) fault.gone_since = now;
        fault.live = live;
        if (live) fault.quiet_since = now;
        if (!fault.there) continue;
        seen.push_back(Fault(name, name < "f2" ? "R-INDEX" : "R-TMP"));
        seen.back().live = live;
      }
      if (roll(50) == 0) repair = AutoRepair(settings, repair.memory());
      const AutoRepair::Decision decision = repair.Look(now, RepairPolicy::kSafe, seen);
      if (!decision.choice) continue;
      auto& of_kind = runs[decision.choice->repair];
      while (!of_kind.empty() && now - of_kind.front() >= settings.window_ms) of_kind.pop_front();
      ASSERT_LT(static_cast<int>(of_kind.size()), settings.budget) << "seed " << seed;
      of_kind.push_back(now);
      repair.OnBegin(now, *decision.choice);
      for (const std::string& name : decision.choice->fingerprints) {
        Model& fault = faults.at(name);
        ASSERT_TRUE(fault.there) << "seed " << seed;
        ASSERT_FALSE(fault.live) << "seed " << seed;
        ASSERT_GE(now - fault.quiet_since, settings.settling_ms) << "seed " << seed;
        ASSERT_GE(now - fault.tried, settings.cooldown_ms) << "seed " << seed;
        ASSERT_LT(fault.returns, settings.most_returns) << "seed " << seed;
        fault.tried = now;
        const bool cured = roll(3) != 0;
        repair.OnOutcome(now, name, cured ? FaultOutcome::kRepaired : FaultOutcome::kRefused, "");
        if (!cured) continue;
        fault.there = false;
        fault.repaired = true;
        fault.gone_since = now;
      }
    }
  }
}

}  // namespace
}  // namespace fleet::agent
