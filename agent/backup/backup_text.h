#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

#include "agent/checks/facts/backup_facts.h"

namespace fleet::agent {

std::string_view BackupStateText(BackupState state);  // "good", "unverified", "corrupt", "checksum_mismatch"
std::string_view BackupKindText(BackupKind kind);     // "sessions", "qdrant"

// One table, the newest first, and how well each data root is backed up. Ends in a newline.
std::string BackupsText(const BackupFacts& facts);
nlohmann::ordered_json BackupsJson(const BackupFacts& facts);

}  // namespace fleet::agent
