#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <string>

#include "agent/backup/sessions/take_backup.h"
#include "common/clock.h"

namespace fleet::agent {

// Backs up a home with all its roots, or explicit roots, to a folder; empty: the home's own. NotFound when there is
// nothing to save. Blocks on the disk.
absl::StatusOr<BackupRun> BackUpTarget(const Target& target, const std::string& folder, const BackupOptions& options,
                                       const Clock& clock, absl::FunctionRef<void(std::chrono::milliseconds)> pause);

}  // namespace fleet::agent
