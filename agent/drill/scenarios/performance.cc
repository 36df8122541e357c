#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr int kSessions = 10'000;
constexpr std::size_t kBytesEach = 10'000;  // together 100 MB
constexpr std::int64_t kLimitMs = 30'000;

}  // namespace

// D12: a large store is backed up, lost and restored.
absl::StatusOr<DrillResult> DrillPerformance(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  for (int i = 0; i < kSessions; ++i) {
    std::string title = "Session " + std::to_string(i) + " ";
    while (title.size() < kBytesEach) title += std::to_string(title.size() * static_cast<std::size_t>(i + 1)) + " ";
    store.AddSession(title);
  }
  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const BackupRun backup, sandbox.BackUp());
  RETURN_IF_ERROR(sandbox.TakeAway(store.root() + "/storage/session"));
  const Stopwatch recovery(sandbox.clock());
  ASSIGN_OR_RETURN(const RestoreRun run, sandbox.Restore());
  if (run.refusal) return DrillResult::Failed("the restore was refused: " + run.refusal->text);
  DrillResult result;
  result.rto_ms = recovery.ms();
  result.rpo_ms = run.data_age_ms;
  const std::int64_t took = watch.ms();
  result.text = std::to_string(backup.bytes / 1'000'000) + " MB in " + std::to_string(kSessions) +
                " sessions backed up and restored in " + std::to_string(took) + " ms";
  if (took > kLimitMs) return DrillResult::Failed(result.text + ", more than " + std::to_string(kLimitMs) + " ms");
  return result;
}

}  // namespace fleet::agent
