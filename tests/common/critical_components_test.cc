#include "common/critical_components.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet {
namespace {

using ::testing::ElementsAre;

Finding Make(const std::string& code, const std::string& component, Severity severity) {
  Finding finding;
  finding.code = code;
  finding.component = component;
  finding.severity = severity;
  return finding;
}

TEST(CriticalComponents, AreThoseWithAFindingOfTheSecondSeverityOrWorse) {
  const Finding findings[] = {Make("A", "storage", Severity::kP1), Make("B", "storage", Severity::kP1),
                              Make("C", "qdrant", Severity::kP0), Make("D", "machine", Severity::kP1),
                              Make("E", "backups", Severity::kP2)};
  EXPECT_THAT(CriticalComponents(findings), ElementsAre("qdrant", "storage"));
  EXPECT_THAT(CriticalComponents({}), ElementsAre());
}

}  // namespace
}  // namespace fleet
