#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/backup/sessions/restore.h"
#include "agent/backup/sessions/take_backup.h"
#include "agent/drill/sandbox_store.h"
#include "agent/repair/engine.h"
#include "agent/repair/outcome.h"
#include "agent/repair/selection.h"
#include "common/clock.h"
#include "common/finding.h"

namespace fleet::agent {

// Contents of files by path relative to a folder.
using Files = std::map<std::string, std::string>;

// A home of its own, with a state folder and a place for backups, in which a drill does what it wants; and the agent's
// own means of checking, repairing, backing up and restoring, aimed at it. One thread.
class Sandbox {
 public:
  // Makes the home below `folder`.
  Sandbox(std::string folder, const Clock& clock);

  const Clock& clock() const { return clock_; }
  std::int64_t now_ms() const { return ToMillis(clock_.Now()); }
  const std::string& folder() const { return folder_; }
  std::string home() const { return folder_ + "/home"; }
  std::string state() const { return folder_ + "/state"; }
  std::string backups() const { return home() + "/backups/sessions"; }

  // Without this nobody works in a sandbox, so that nothing needs to settle.
  void SomebodyWrites() { somebody_writes_ = true; }

  // A store of dgmo in the home, empty but for what dgmo makes at its first start.
  SandboxStore AddStore(const std::string& slug = "drill", const std::string& app = "dgmo");

  absl::StatusOr<std::vector<Finding>> Check() const;
  absl::StatusOr<RepairRun> Repair(const RepairSelection& selection = {}) const;
  absl::StatusOr<std::vector<RepairRun>> RepairInParts(const RepairSelection& request) const;
  absl::StatusOr<UndoRun> Undo(const std::string& journal) const;
  absl::StatusOr<BackupRun> BackUp(bool full = false) const;
  // `session` empty: everything; `at_ms`: not made later.
  absl::StatusOr<RestoreRun> Restore(const std::string& session = "", std::optional<std::int64_t> at_ms = {}) const;

  // Moves something away, as a careless hand or a broken disk would, to where nothing of the agent looks for it.
  absl::Status TakeAway(const std::string& path);

 private:
  absl::StatusOr<Target> TargetHere() const;
  void (*pause() const)(std::chrono::milliseconds);
  RepairEngine Engine() const;

  std::string folder_;
  const Clock& clock_;
  int taken_ = 0;
  bool somebody_writes_ = false;
};

// All plain files below a folder.
Files FilesBelow(const std::string& folder);
// Of `expected`, the share that `actual` holds with the same bytes; 1 when nothing is expected.
double ShareKept(const Files& expected, const Files& actual);

// "INDEX_MISSING_ENTRY, TMP_LITTER"; "nothing" when there are none.
std::string CodesOf(const std::vector<Finding>& findings);
bool Has(const std::vector<Finding>& findings, std::string_view code);

}  // namespace fleet::agent
