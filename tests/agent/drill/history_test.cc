#include "agent/drill/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/drill/drill.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kDayMs = 24 * 3'600'000;
constexpr std::int64_t kNowMs = 1'790'000'000'000;

std::string Report(std::int64_t began_ms, const std::string& failed = "", bool full = false) {
  nlohmann::ordered_json json{
      {"began_ms", began_ms}, {"passed", 2}, {"failed", failed.empty() ? 0 : 1}, {"skipped", 1}};
  for (const Drill& drill : AllDrills()) {
    if (!full && !drill.quick) continue;
    json["test_results"][std::string(drill.id)] = {{"result", drill.id == failed ? "FAIL" : "PASS"}};
  }
  return json.dump();
}

TEST(DrillHistory, TellsWhatWasKeptNewestFirst) {
  const TempDir dir;
  EXPECT_THAT(PastDrills(dir.path()), IsEmpty());
  ASSERT_TRUE(KeepDrill(dir.path(), Report(kNowMs - kDayMs), kNowMs - kDayMs).ok());
  ASSERT_TRUE(KeepDrill(dir.path(), Report(kNowMs, "D5", true), kNowMs).ok());
  const std::vector<PastDrill> past = PastDrills(dir.path());
  ASSERT_THAT(past, SizeIs(2));
  EXPECT_EQ(past[0].began_ms, kNowMs);
  EXPECT_TRUE(past[0].full);
  EXPECT_FALSE(past[1].full);
  EXPECT_EQ(past[0].passed, 2);
  EXPECT_THAT(past[0].failures, ElementsAre("D5"));
  EXPECT_THAT(past[1].failures, IsEmpty());
}

TEST(DrillHistory, KeepsThemForNinetyDays) {
  const TempDir dir;
  for (const int days : {91, 89, 0}) {
    ASSERT_TRUE(KeepDrill(dir.path(), Report(kNowMs - days * kDayMs), kNowMs - days * kDayMs).ok());
  }
  EXPECT_THAT(PastDrills(dir.path()), SizeIs(2));
}

TEST(DrillHistory, WhatIsNoReportIsLeftOut) {
  const TempDir dir;
  dir.Write("drills/drill_2026-01-01_00-00-00.json", "{");
  dir.Write("drills/drill_2026-01-02_00-00-00.json", R"({"test_results":[]})");
  dir.Write("drills/notes.json", Report(kNowMs));
  EXPECT_THAT(PastDrills(dir.path()), IsEmpty());
}

TEST(NextDrill, IsQuickAtFirst) {
  EXPECT_EQ(NextDrill({}, kNowMs).at_ms, kNowMs);
  EXPECT_FALSE(NextDrill({}, kNowMs).full);
}

TEST(NextDrill, IsEveryDayAndAllOfThemEveryWeek) {
  const PastDrill full{.began_ms = kNowMs, .full = true};
  EXPECT_EQ(NextDrill({full}, kNowMs - kDayMs).at_ms, kNowMs + kDayMs);
  EXPECT_FALSE(NextDrill({full}, kNowMs - kDayMs).full);
  const PastDrill quick{.began_ms = kNowMs + 6 * kDayMs};
  EXPECT_EQ(NextDrill({quick, full}, kNowMs).at_ms, kNowMs + 7 * kDayMs);
  EXPECT_TRUE(NextDrill({quick, full}, kNowMs).full);
}

TEST(NextDrill, IsNeverTooEarly) {
  const PastDrill old{.began_ms = kNowMs - 30 * kDayMs, .full = true};
  EXPECT_EQ(NextDrill({old}, kNowMs).at_ms, kNowMs);
}

}  // namespace
}  // namespace fleet::agent
