#include "agent/drill/self_test.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

TEST(SelfTest, FindsAndRepairsEveryFaultAndLeavesNothing) {
  const TempDir dir;
  const auto results = TestYourself(dir.path(), SystemClock());
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_GE(results->size(), 7U);
  for (const SelfTestResult& result : *results) {
    EXPECT_TRUE(result.found) << result.fault;
    EXPECT_TRUE(result.repaired) << result.fault << ": " << result.problem;
    EXPECT_EQ(result.problem, "");
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(SelfTest, SaysWhenItCannotBeRun) {
  const TempDir dir;
  EXPECT_FALSE(TestYourself(dir / "none", SystemClock()).ok());
}

}  // namespace
}  // namespace fleet::agent
