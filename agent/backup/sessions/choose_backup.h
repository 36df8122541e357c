#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "agent/backup/opened_backup.h"
#include "agent/backup/sessions/restore.h"

namespace fleet::agent {

struct ChosenBackup {
  OpenedBackup backup;
  std::vector<std::string> notes;  // sentences: newer ones that could not be used
};

// The backup that was named, or the newest good one that was made in time; bad ones are passed over, with a note each.
// Blocks on the disk.
absl::StatusOr<ChosenBackup> ChooseBackup(const RestoreRequest& request);

}  // namespace fleet::agent
