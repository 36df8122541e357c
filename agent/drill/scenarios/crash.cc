#include "agent/drill/kill.h"
#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr int kKills = 24;
constexpr std::chrono::microseconds kFirstDelay{200};

void Break(const SandboxStore& store, const std::string& parent, const std::string& lost) {
  store.Remove("storage/session/sub-session-index");
  store.Remove(SandboxStore::RecordPath(lost));
  store.Write(SandboxStore::InfoPath(parent), "");
}

}  // namespace

// D8: the agent is killed again and again while it repairs and while it restores.
absl::StatusOr<DrillResult> DrillCrash(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  const std::string parent = store.AddSession("Parent", 4);
  std::string child;
  for (int i = 0; i < 4; ++i) child = store.AddSession("Agent", 2, parent);
  const Files whole = FilesBelow(store.root());
  RETURN_IF_ERROR(sandbox.BackUp().status());

  const Stopwatch watch(sandbox.clock());
  int killed = 0;
  std::chrono::microseconds delay = kFirstDelay;
  for (int i = 0; i < kKills; ++i, delay += delay / 4) {
    const bool restore = i % 2 == 1;
    Break(store, parent, child);
    ASSIGN_OR_RETURN(const bool at_work, KilledAfter(delay, [&] {
                       if (restore) {
                         sandbox.Restore().IgnoreError();
                       } else {
                         sandbox.Repair().IgnoreError();
                       }
                     }));
    killed += at_work ? 1 : 0;
    RETURN_IF_ERROR(sandbox.Repair().status());
    ASSIGN_OR_RETURN(const RestoreRun run, sandbox.Restore());
    if (run.refusal) return DrillResult::Failed("after a kill the restore was refused: " + run.refusal->text);
    if (ShareKept(whole, FilesBelow(store.root())) < 1) {
      return DrillResult::Failed("after a kill " + std::to_string(delay.count()) + " us into a " +
                                 (restore ? "restore" : "repair") + " not everything came back");
    }
    ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
    if (!findings.empty()) return DrillResult::Failed("after a kill there is " + CodesOf(findings));
  }
  DrillResult result;
  result.rto_ms = watch.ms() / kKills;
  result.rpo_ms = 0;
  result.integrity = 1;
  result.text = std::to_string(killed) + " of " + std::to_string(kKills) +
                " kills hit it at work; the next run finished each time and nothing was lost";
  return result;
}

}  // namespace fleet::agent
