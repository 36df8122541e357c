#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/backup/backup_name.h"
#include "agent/backup/opened_backup.h"
#include "agent/store/root.h"

namespace fleet::agent {

// A document of a root as a backup has it.
struct BackupCopy {
  std::string bytes;
  std::int64_t made_ms = 0;  // of the backup
  std::string backup;        // its path
};

// The good copies that backups hold of the documents of one root: a source of repairs. Backups are opened, and with it
// verified, only when somebody asks; a bad one is passed over. One thread; blocks on the disk.
class BackupCopies {
 public:
  struct Candidate {
    std::string folder;
    std::string name;
    BackupName what;
  };
  // `newest_first`: archives with a manifest. `likely`: paths that will be asked for; they are taken out of an archive
  // together with the first, as far as memory allows.
  BackupCopies(std::vector<Candidate> newest_first, const Root& root, std::set<std::string> likely);

  // The newest copy of the document at a path below the root that was good when it was saved and is accepted.
  std::optional<BackupCopy> Newest(const std::string& path, absl::FunctionRef<bool(std::string_view bytes)> accepts);

 private:
  struct Opened {
    std::optional<OpenedBackup> backup;       // nullopt: bad, or of other roots
    std::string begin;                        // of this root's member paths
    std::map<std::string, std::string> kept;  // bytes, by path
  };
  Opened& OpenedAt(std::size_t i);
  std::optional<std::string> Bytes(Opened& opened, const std::string& path) const;

  std::vector<Candidate> candidates_;
  std::string root_path_;
  std::string root_key_;
  std::set<std::string> likely_;
  std::vector<std::unique_ptr<Opened>> opened_;  // as candidates_; null: not yet
};

}  // namespace fleet::agent
