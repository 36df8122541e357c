#include "agent/cli/performance_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;

TEST(PerformanceReport, NamesTheTenLargestSessionsOfAllRoots) {
  StoreBuilder first;
  StoreBuilder second(RootKind::kProgram, "/d/dgmo/project/q");
  for (int i = 1; i <= 8; ++i) first.Messages(Ses(i), i);
  for (int i = 9; i <= 16; ++i) second.Messages(Ses(i), i);
  second.model.conversations[Ses(99)];  // empty
  PerformanceReport report;
  AddHome(HomeOf({first, second}), report);
  ASSERT_EQ(report.largest.size(), 10U);
  EXPECT_EQ(report.largest.front().id, Ses(16));
  EXPECT_EQ(report.largest.front().bytes, 1600);
  EXPECT_EQ(report.largest.back().id, Ses(7));
  EXPECT_EQ(report.sessions, 16);
}

TEST(PerformanceReport, ShowsWhatIsKnownAndLeavesOutWhatIsNot) {
  StoreBuilder store;
  store.Family().model.load = LoadFacts{12.34, 0.5, 3, 1, 20'500};
  PerformanceReport report;
  AddHome(HomeOf({store}), report);
  EXPECT_THAT(PerformanceText(report, false), HasSubstr("list 3 sessions: 12 ms"));
  EXPECT_THAT(PerformanceText(report, false), HasSubstr("20.5 s"));
  ProcessInfo process;
  process.pid = 7;
  process.name = "bun";
  process.runs_dgmo = true;
  process.rss_bytes = 3 * 1024 * 1024;
  report.processes.processes = {process};
  report.processes.memory = MemoryFacts{1 << 20, 1 << 19, std::nullopt};
  EXPECT_THAT(PerformanceText(report, false), HasSubstr("3.0 MiB"));
  EXPECT_THAT(PerformanceText(report, false), HasSubstr("bun (runs dgmo)"));
  const nlohmann::ordered_json json = PerformanceJson(report);
  EXPECT_EQ(json["roots"][0]["listing_ms"], 12.34);
  EXPECT_EQ(json["processes"][0]["pid"], 7);
  EXPECT_FALSE(json["memory"].contains("full_avg60_percent"));
  EXPECT_FALSE(json["processes"][0].contains("arguments"));
}

}  // namespace
}  // namespace fleet::agent
