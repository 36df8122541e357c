#include "agent/cli/guide_table.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "agent/cli/reference_text.h"
#include "common/rule_catalogue.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;

TEST(GuideTable, HasARowForEveryScriptOfTheGuide) {
  std::set<std::string> names;
  for (const GuideRow& row : GuideTable()) EXPECT_TRUE(names.insert(std::string(row.name)).second) << row.name;
  for (const char* script : {"quick-check.ts",
                             "diagnose-subsessions.ts",
                             "debug-json-error.ts",
                             "repair-indexes.ts",
                             "verify-subsessions-now.ts",
                             "realtime-monitor.ts",
                             "session-manager.ts",
                             "monitor-subsessions.ts",
                             "monitor-subsessions-wsl.ts",
                             "monitor-task-tool.ts",
                             "trace-subsessions.ts",
                             "trace-task-execution.ts",
                             "trace-storage.ts",
                             "check-subsessions-simple.ts",
                             "check-task-tool.ts",
                             "check-temp-dirs.ts",
                             "find-empty-json.ts",
                             "find-main-sessions.ts",
                             "find-my-subsessions.ts",
                             "fix-subsessions.bat",
                             "fix-and-run-tui.sh",
                             "fix-app-init.sh",
                             "apply-fix-to-system.sh",
                             "consolidate-sessions.sh",
                             "test-subsessions.sh",
                             "test-vision.sh",
                             "test-visual-mode.sh",
                             "test-fix.sh",
                             "verify-context.ts",
                             "qdrant-backup.sh"}) {
    EXPECT_EQ(names.count(script), 1U) << script;
  }
}

TEST(GuideTable, SaysWhyWhereThereIsNoCommand) {
  for (const GuideRow& row : GuideTable()) {
    EXPECT_FALSE(row.purpose.empty()) << row.name;
    EXPECT_TRUE(!row.command.empty() || !row.note.empty()) << row.name;
  }
}

TEST(Reference, HasEveryRuleAndEveryRepair) {
  const std::string page = ReferenceMarkdown();
  for (const Rule& rule : AllRules()) EXPECT_THAT(page, HasSubstr("| `" + rule.code + "` |"));
  for (const RepairDescription& repair : AllRepairDescriptions()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string(repair.id) + "` |"));
  }
}

}  // namespace
}  // namespace fleet::agent
