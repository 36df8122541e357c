#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

// D13: one session is deleted in dgmo, another one by a careless hand.
absl::StatusOr<DrillResult> DrillAccidentalDeletion(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  const std::string wanted = store.AddSession("Wanted", 3);
  const std::string child = store.AddSession("Agent", 1, wanted);
  const std::string unwanted = store.AddSession("Unwanted", 2);
  const std::string unwanted_child = store.AddSession("Agent", 1, unwanted);
  const Files before = FilesBelow(store.root());
  ASSIGN_OR_RETURN(const BackupRun backup, sandbox.BackUp());

  // As dgmo does: infos and messages of a session and of its sub-sessions; records and indexes stay.
  for (const std::string& id : {unwanted, unwanted_child}) {
    store.Remove(SandboxStore::InfoPath(id));
    store.Remove(SandboxStore::MessagesPath(id));
  }
  ASSIGN_OR_RETURN(const std::vector<Finding> deleted, sandbox.Check());
  if (!Has(deleted, "DELETED_RESIDUE") || Has(deleted, "SESSION_FILE_MISSING")) {
    return DrillResult::Failed("what was deleted in dgmo is taken for " + CodesOf(deleted));
  }
  store.Remove(SandboxStore::InfoPath(wanted));
  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const std::vector<Finding> lost, sandbox.Check());
  if (!Has(lost, "SESSION_FILE_MISSING")) {
    return DrillResult::Failed("what was removed by hand is not seen to be missing: " + CodesOf(lost));
  }
  ASSIGN_OR_RETURN(const RestoreRun run, sandbox.Restore(wanted));
  if (run.refusal) return DrillResult::Failed("the restore was refused: " + run.refusal->text);
  const Files after = FilesBelow(store.root());
  if (after.contains(SandboxStore::InfoPath(unwanted))) {
    return DrillResult::Failed("more than the one session was restored");
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = run.data_age_ms;
  Files expected;
  for (const auto& [path, bytes] : before) {
    if (path.find(wanted) != std::string::npos || path.find(child) != std::string::npos) expected[path] = bytes;
  }
  result.integrity = ShareKept(expected, after);
  if (*result.integrity < 1) return DrillResult::Failed("the session did not come back as it was");
  result.text = "residue and loss told apart, the one session restored with its sub-session";
  return result;
}

}  // namespace fleet::agent
