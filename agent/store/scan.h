#pragma once

#include <absl/status/statusor.h>

#include "agent/store/model.h"

namespace fleet::agent {

// Reads one root in one pass. What cannot be read inside it is in `unreadable`; an error means that the root itself
// cannot be opened. Blocks on the disk; any thread.
absl::StatusOr<RootModel> ScanRoot(const Root& root);

// Reads documents again, each by itself, and corrects the model: for files seen while they were being written. What
// the paths held before is forgotten, also when it was no document.
absl::Status ReadAgain(RootModel& model, const std::vector<std::string>& paths);

}  // namespace fleet::agent
