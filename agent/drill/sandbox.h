#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/backup/sessions/restore.h"
#include "agent/backup/sessions/take_backup.h"
#include "agent/drill/sandbox_store.h"
#include "agent/repair/engine.h"
#include "agent/repair/outcome.h"
#include "agent/repair/selection.h"
#include "common/clock.h"
#include "common/finding.h"
#include "common/status.h"

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

// A new folder for one sandbox, removed with all that is in it.
class SandboxFolder {
 public:
  // Below `folder`. An error: there can be none.
  static absl::StatusOr<SandboxFolder> Make(const std::string& folder);
  SandboxFolder(SandboxFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  SandboxFolder& operator=(SandboxFolder&&) = delete;
  ~SandboxFolder();

  // What `act` gives, which gets a sandbox there; Unavailable when the disk refuses what is written for it.
  template <class Result>
  absl::StatusOr<Result> Act(const Clock& clock, absl::FunctionRef<absl::StatusOr<Result>(Sandbox&)> act) const {
    try {
      Sandbox sandbox(path_, clock);
      return act(sandbox);
    } catch (const std::filesystem::filesystem_error& error) {
      return Unavailable(std::string("the sandbox could not be written: ") + error.what());
    }
  }

 private:
  explicit SandboxFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;  // empty: moved from
};

// All plain files below a folder.
Files FilesBelow(const std::string& folder);
// Of `expected`, the share that `actual` holds with the same bytes; 1 when nothing is expected.
double ShareKept(const Files& expected, const Files& actual);

// "INDEX_MISSING_ENTRY, TMP_LITTER"; "nothing" when there are none.
std::string CodesOf(const std::vector<Finding>& findings);
bool Has(const std::vector<Finding>& findings, std::string_view code);

}  // namespace fleet::agent
