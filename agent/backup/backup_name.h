#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/checks/facts/backup_facts.h"

namespace fleet::agent {

// What the name of a file or folder tells of a backup (catalogue: "File names to recognise", "Naming and retention").
struct BackupName {
  BackupKind kind = BackupKind::kSessions;
  bool is_folder = false;
  std::optional<std::int64_t> made_ms;  // read as UTC; nullopt when the name has no time, or only a day
  std::string collection;               // Qdrant
};

// nullopt: no name that a backup has. Pure.
std::optional<BackupName> ParseBackupName(std::string_view name, bool is_folder);

// Name of the manifest beside a session archive or a snapshot.
std::string ManifestNameOf(const BackupName& backup, std::string_view name);

}  // namespace fleet::agent
