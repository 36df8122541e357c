#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/backup/archive_folder.h"
#include "agent/backup/manifest.h"

namespace fleet::agent {

// The backup that the next one builds on: the newest in the folder whose manifest is whole. What it says an archive
// holds is only believed of archives that still have the sums that were written down for them. One thread.
class BackupBase {
 public:
  static BackupBase Newest(const ArchiveFolder& folder);

  // nullptr: there is none.
  const SessionManifest* manifest() const { return manifest_ ? &*manifest_ : nullptr; }
  const std::string& archive() const { return archive_; }

  // Whether the next backup is to stand alone: there is no base, or its chain is old or long.
  bool IsUsedUp(std::int64_t now_ms) const;

  // Whether it and all it needs still have their sums.
  bool IsWhole() const;

  // Where a file of these bytes is kept already; empty when it is nowhere that can be relied on. The archive's sum goes
  // to `needs`.
  std::string ArchiveOf(const std::string& member, const std::string& sha256,
                        std::map<std::string, std::string>& needs) const;

 private:
  explicit BackupBase(const ArchiveFolder& folder) : folder_(folder) {}

  bool HasSum(const std::string& archive, const std::string& sha256) const;

  const ArchiveFolder& folder_;
  std::string archive_;
  std::optional<SessionManifest> manifest_;
  mutable std::map<std::string, bool> whole_;  // archives that were looked at
};

}  // namespace fleet::agent
