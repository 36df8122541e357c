#include "agent/qdrant/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

constexpr std::int64_t kDay = 24 * 3'600'000;
constexpr std::int64_t kNow = 1'790'000'000'000;

// "g20": good, twenty days old; "b": bad, "u": not read, "c": a good copy made before a restore.
std::vector<KeptSnapshot> Snapshots(const std::vector<std::string>& texts) {
  std::vector<KeptSnapshot> snapshots;
  for (const std::string& text : texts) {
    KeptSnapshot snapshot{.name = text, .made_ms = kNow - std::stoll(text.substr(1)) * kDay, .is_good = {}};
    if (text[0] != 'u') snapshot.is_good = text[0] != 'b';
    snapshot.is_copy = text[0] == 'c';
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

struct Case {
  const char* name;
  std::vector<std::string> there;
  std::vector<std::string> removed;
  bool failed = false;
};

class Retention : public ::testing::TestWithParam<Case> {};

TEST_P(Retention, Removes) {
  EXPECT_THAT(SnapshotsToRemove(Snapshots(GetParam().there), kNow, GetParam().failed),
              ::testing::UnorderedElementsAreArray(GetParam().removed));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Retention,
    ::testing::Values(Case{"NothingWithoutAny", {}, {}},
                      Case{"NothingThatIsYoung", {"g0", "g1", "g2", "g3", "g13", "g14"}, {}},
                      Case{"WhatIsOlderThanTwoWeeks", {"g0", "g1", "g2", "g15", "g40"}, {"g15", "g40"}},
                      Case{"NeverBelowThreeGoodOnes", {"g0", "g20", "g30", "g40", "g50"}, {"g40", "g50"}},
                      Case{"NotTheLastThreeHoweverOld", {"g200", "g300", "g400"}, {}},
                      Case{"OrderDoesNotMatter", {"g40", "g2", "g0", "g1"}, {"g40"}},
                      Case{"BadOnesDoNotCount", {"b0", "b1", "b2", "g20", "g30", "g40", "g50"}, {"g50"}},
                      Case{"BadOnesStayForAPerson", {"g0", "g1", "g2", "b30"}, {}},
                      Case{"WhatWasNotReadCountsForNothingAndStays", {"u0", "u1", "u40", "g20", "g30"}, {}},
                      Case{"CopiesGoButAreNoBackups", {"c0", "c1", "g0", "g1", "c20", "g21", "g22"}, {"g22"}},
                      Case{"OldCopiesGoAfterThreeGoodOnes", {"g0", "g1", "g2", "c20"}, {"c20"}},
                      Case{"NothingAfterAFailedRun", {"g0", "g1", "g2", "g15", "g40"}, {}, true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RetentionPolicyTest, OthersCanBeAsked) {
  const RetentionPolicy policy{.keep_ms = kDay, .keep_good = 1};
  EXPECT_THAT(SnapshotsToRemove(Snapshots({"g0", "g1", "g2"}), kNow, false, policy), ::testing::ElementsAre("g2"));
}

}  // namespace
}  // namespace fleet::agent
