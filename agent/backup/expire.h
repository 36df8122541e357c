#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/backup/archive_folder.h"
#include "agent/backup/retention.h"

namespace fleet::agent {

// What the retention of a folder of session archives no longer keeps, in the order in which it may be deleted. Only
// archives with a manifest of ours are ever named: what other programs made stays. Blocks on the disk.
absl::StatusOr<std::vector<std::string>> FindExpired(const ArchiveFolder& folder, const LastRun& run,
                                                     std::int64_t now_ms, const RetentionLimits& limits = {});

// How the run ended that made the newest archive, as its manifest tells; of a folder without any: not complete.
LastRun LastRunIn(const ArchiveFolder& folder);

// Deletes it, and answers the names.
absl::StatusOr<std::vector<std::string>> Expire(const ArchiveFolder& folder, const LastRun& run, std::int64_t now_ms,
                                                const RetentionLimits& limits = {});

}  // namespace fleet::agent
