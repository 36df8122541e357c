#include <filesystem>
#include <iterator>

#include "agent/drill/kill.h"
#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "agent/repair/migrate.h"

namespace fleet::agent {

namespace {

constexpr int kKills = 16;
constexpr std::chrono::microseconds kFirstDelay{200};

}  // namespace

// D16: the move of a store to another disk is interrupted again and again.
absl::StatusOr<DrillResult> DrillMigration(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  const std::string parent = store.AddSession("Parent", 6);
  for (int i = 0; i < 6; ++i) store.AddSession("Agent", 3, parent);
  const Files before = FilesBelow(store.root());
  const std::string folder = sandbox.folder() + "/elsewhere";
  MigrationRequest request;
  request.root = {.kind = RootKind::kProgram, .path = store.root(), .app = "dgmo", .name = "drill", .owner = geteuid()};
  request.to = folder + "/drill";
  request.apply = true;
  request.state = sandbox.state();

  const Stopwatch watch(sandbox.clock());
  int killed = 0;
  std::chrono::microseconds delay = kFirstDelay;
  for (int i = 0; i < kKills; ++i, delay += delay / 3) {
    ASSIGN_OR_RETURN(const bool at_work, KilledAfter(delay, [&] { static_cast<void>(Migrate(request)); }));
    killed += at_work ? 1 : 0;
    if (FilesBelow(store.root()) != before) return DrillResult::Failed("the source was changed");
    if (!std::filesystem::exists(request.to)) RETURN_IF_ERROR(Migrate(request).status());
    if (FilesBelow(request.to) != before) return DrillResult::Failed("what has the name of the copy is not whole");
    if (std::distance(std::filesystem::directory_iterator(folder), {}) != 1) {
      return DrillResult::Failed("something was left beside the copy");
    }
    RETURN_IF_ERROR(sandbox.TakeAway(request.to));
    ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
    if (!findings.empty()) return DrillResult::Failed("in the source there is " + CodesOf(findings));
  }
  DrillResult result;
  result.rto_ms = watch.ms() / kKills;
  result.rpo_ms = 0;
  result.integrity = 1;
  result.text = std::to_string(killed) + " of " + std::to_string(kKills) +
                " kills hit it at work; the source stayed in use and the next run finished";
  return result;
}

}  // namespace fleet::agent
