#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/backup/archive_folder.h"
#include "agent/backup/manifest.h"
#include "agent/backup/sessions/source.h"

namespace fleet::agent {

inline constexpr std::int64_t kBackupReserveBytes = std::int64_t{1} << 30;

struct BackupOptions {
  std::string state;              // the agent's own folder
  bool full = false;              // stand alone, also when little has changed
  bool only_if_changed = false;   // write nothing when every file has the size and time of the last backup
  bool plan = false;              // look, and write nothing
  bool roots_are_locked = false;  // by the caller
  bool keep_older = false;        // delete no older archive
  std::int64_t reserve_bytes = kBackupReserveBytes;  // that stay free
  const std::atomic<bool>* stop = nullptr;           // set by another thread: give up, with Aborted
};

// What a backup came to.
struct BackupRun {
  std::string archive;       // absolute; empty: nothing was written
  SessionManifest manifest;  // after a plan: of what there is, without sums
  std::int64_t bytes = 0;    // of all files
  std::int64_t new_files = 0;
  std::int64_t new_bytes = 0;
  std::int64_t archive_bytes = 0;
  std::int64_t shares = 0;               // left out: their documents hold a secret
  std::vector<std::string> live;         // roots that a dgmo works on
  bool unchanged = false;                // nothing was to be saved
  bool shrunken = false;                 // it has less than half of the files of the one before
  std::vector<std::string> deleted;      // older archives
  std::vector<std::string> not_deleted;  // sentences: why some that are due were kept
};

// Saves the sources into a new archive in the folder (catalogue: "Consistent backup of a live root"), while a dgmo may
// write to them. Nothing below them is changed. What was written is read back before it gets its name; older archives
// are deleted by the retention afterwards. Unavailable when a repair or another backup works on a root,
// ResourceExhausted when there is no room, NotFound when there is nothing to save. An error leaves no
// archive.
absl::StatusOr<BackupRun> TakeBackup(const std::vector<BackupSource>& sources, ArchiveFolder& folder,
                                     const BackupOptions& options, const Home& home, std::int64_t now_ms,
                                     absl::FunctionRef<void(std::chrono::milliseconds)> pause);

}  // namespace fleet::agent
