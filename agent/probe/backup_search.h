#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/backup/backup_name.h"
#include "agent/backup/verdict.h"
#include "agent/checks/home_model.h"
#include "agent/store/file_stat.h"
#include "common/mutex.h"

namespace fleet::agent {

// A file or folder with the name of a backup.
struct FoundBackup {
  std::string folder;  // absolute
  std::string name;
  BackupName what;
  FileStat stat;
  FileStat manifest;  // all zero when there is none

  // By its name, but never later than what the file system says: a name may be in local time.
  std::int64_t made_ms() const;
};

struct BackupSearch {
  std::vector<FoundBackup> found;    // the newest first
  std::vector<std::string> unknown;  // places that could not be looked into
};

// Looks for backups where the programs of this home and the guide put them, and in `more_folders`. Follows no link; a
// place that is one is unknown, unless it is named in `more_folders`. The same file reached twice counts once. Blocks
// on the disk; any thread.
BackupSearch SearchBackups(const HomeModel& home, const std::vector<std::string>& more_folders);

// What verifying said, kept until the backup or its manifest changes: verifying reads the whole archive. Any thread.
class VerdictCache {
 public:
  std::shared_ptr<const BackupVerdict> Find(const FoundBackup& backup) const;  // nullptr: not verified yet
  std::shared_ptr<const BackupVerdict> Keep(const FoundBackup& backup, BackupVerdict verdict);

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const BackupVerdict>> verdicts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace fleet::agent
