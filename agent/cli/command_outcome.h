#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "agent/link/command_record.h"
#include "agent/repair/outcome.h"

namespace fleet::agent {

// How a command ended, from what the repair engine says. FAILED as soon as something that was asked for was not done.
CommandOutcome OutcomeOf(const absl::StatusOr<RepairRun>& run);
CommandOutcome OutcomeOf(const absl::StatusOr<UndoRun>& run);
CommandOutcome CouldNotRun(std::string_view reason, std::string_view summary);

}  // namespace fleet::agent
