#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "agent/backup/archive_folder.h"
#include "agent/backup/retention.h"

namespace fleet::agent {

// Deletes what the retention no longer keeps, and answers the names. Only archives with a manifest of ours are ever
// deleted: what other programs made stays. Blocks on the disk.
absl::StatusOr<std::vector<std::string>> Expire(const ArchiveFolder& folder, const LastRun& run, std::int64_t now_ms,
                                                const RetentionLimits& limits = {});

}  // namespace fleet::agent
