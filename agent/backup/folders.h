#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/store/directory.h"

namespace fleet::agent {

// Makes a folder and what is missing above it, for its owner alone (0700), durably. Links in what exists are followed,
// none in what is made. For a process of root the folders get the owner. Blocks on the disk.
absl::StatusOr<Directory> MakeFolders(const std::string& absolute, uid_t owner);

// One folder below an open one; there is no harm in its being there.
absl::StatusOr<Directory> MakeFolderBelow(const Directory& parent, const std::string& name, uid_t owner);

}  // namespace fleet::agent
