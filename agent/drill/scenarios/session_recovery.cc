#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr int kSessions = 10;
constexpr int kExchanges = 50;  // a question and an answer each
constexpr int kSubsessions = 25;

}  // namespace

// D1: the whole session folder is gone.
absl::StatusOr<DrillResult> DrillSessionRecovery(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  std::vector<std::string> sessions;
  for (int i = 0; i < kSessions; ++i) sessions.push_back(store.AddSession("Session " + std::to_string(i), kExchanges));
  for (int i = 0; i < kSubsessions; ++i) {
    store.AddSession("Agent " + std::to_string(i), 1, sessions[static_cast<std::size_t>(i % kSessions)]);
  }
  const Files before = FilesBelow(store.root());
  RETURN_IF_ERROR(sandbox.BackUp().status());
  RETURN_IF_ERROR(sandbox.TakeAway(store.root() + "/storage/session"));

  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const RestoreRun run, sandbox.Restore());
  if (run.refusal) return DrillResult::Failed("the restore was refused: " + run.refusal->text);
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, sandbox.Check());
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = run.data_age_ms;
  result.integrity = ShareKept(before, FilesBelow(store.root()));
  if (*result.integrity < 1) return DrillResult::Failed("some files are not what they were");
  if (!findings.empty()) return DrillResult::Failed("afterwards there is " + CodesOf(findings));
  result.text = std::to_string(before.size()) + " files are back byte for byte, nothing is wrong with them";
  return result;
}

}  // namespace fleet::agent
