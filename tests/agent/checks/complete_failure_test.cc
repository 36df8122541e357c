#include <gtest/gtest.h>

#include <algorithm>

#include "agent/checks/rules.h"
#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

Finding Of(const std::string& code, const std::string& path) {
  return DraftFinding(code, "", "/home/mira", "", {path});
}

Finding QdrantDown() {
  Finding finding = Of("QDRANT_DOWN", "http://localhost:6333");
  finding.code = "QDRANT_DOWN";
  finding.severity = Severity::kP1;
  return finding;
}

std::vector<Finding> AllThree() {
  return {Of("PERM_DIR_ACCESS", "/home/mira/.local/share/dgmo/project"),
          Of("CONFIG_JSON_EMPTY", "/home/mira/.config/dgmo/config.json"), QdrantDown()};
}

Severity WorstAfterRaising(const HomeModel& home, std::vector<Finding> findings) {
  RaiseCompleteFailure(HomeView(home, kNowMs), findings);
  Severity worst = Severity::kP3;
  for (const Finding& finding : findings) worst = std::min(worst, finding.severity);
  return worst;
}

TEST(CompleteFailure, IsNoDataAndNoMemoryAndNoConfiguration) {
  EXPECT_EQ(WorstAfterRaising(HomeOf({}), AllThree()), Severity::kP0);
}

TEST(CompleteFailure, NeedsAllThree) {
  for (std::size_t missing = 0; missing < 3; ++missing) {
    std::vector<Finding> findings = AllThree();
    findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_EQ(WorstAfterRaising(HomeOf({}), findings), Severity::kP1) << missing;
  }
}

TEST(CompleteFailure, IsNotWhileOneRootCanBeRead) {
  EXPECT_EQ(WorstAfterRaising(HomeOf({StoreBuilder().Family()}), AllThree()), Severity::kP1);
}

TEST(CompleteFailure, RaisesNothingElse) {
  std::vector<Finding> findings = AllThree();
  findings.push_back(Of("TMP_LITTER", "/x"));
  const HomeModel home = HomeOf({});
  RaiseCompleteFailure(HomeView(home, kNowMs), findings);
  EXPECT_EQ(findings.back().severity, Severity::kP3);
}

}  // namespace
}  // namespace fleet::agent
