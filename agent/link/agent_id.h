#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/link/state_directory.h"

namespace fleet::agent {

// The id this agent has for good: made on the first start and kept in its state folder. DataLoss when the file is
// there and holds no id: a new one would make a second machine of this one.
absl::StatusOr<std::string> AgentId(StateDirectory& folder);

}  // namespace fleet::agent
