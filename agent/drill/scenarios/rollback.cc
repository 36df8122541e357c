#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// Archives are named by the second.
void UntilTheNextSecond(const Sandbox& sandbox) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1'005 - sandbox.now_ms() % 1'000));
}

// One byte in the middle, as a bad disk would.
void Corrupt(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
  file.seekg(middle);
  const int byte = file.get();
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 0x20));
}

}  // namespace

// D7: the newest of three backups is bad.
absl::StatusOr<DrillResult> DrillRollback(Sandbox& sandbox) {
  SandboxStore store = sandbox.AddStore();
  store.AddSession("In the first backup");
  RETURN_IF_ERROR(sandbox.BackUp(/*full=*/true).status());
  UntilTheNextSecond(sandbox);
  store.AddSession("In the second backup");
  const Files second = FilesBelow(store.root());
  ASSIGN_OR_RETURN(const BackupRun good, sandbox.BackUp(/*full=*/true));
  UntilTheNextSecond(sandbox);
  store.AddSession("In the third backup");
  ASSIGN_OR_RETURN(const BackupRun bad, sandbox.BackUp(/*full=*/true));
  Corrupt(bad.archive);
  RETURN_IF_ERROR(sandbox.TakeAway(store.root() + "/storage/session"));

  const Stopwatch watch(sandbox.clock());
  ASSIGN_OR_RETURN(const RestoreRun run, sandbox.Restore());
  if (run.refusal) return DrillResult::Failed("the restore was refused: " + run.refusal->text);
  if (run.backup != good.archive) return DrillResult::Failed("it did not fall back to the second backup");
  if (run.notes.empty()) return DrillResult::Failed("it did not say that the newest backup is bad");
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = run.data_age_ms;
  result.integrity = ShareKept(second, FilesBelow(store.root()));
  if (*result.integrity < 1) return DrillResult::Failed("not everything of the second backup is back");
  result.text = "fell back to the second backup and said so";
  return result;
}

}  // namespace fleet::agent
