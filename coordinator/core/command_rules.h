#pragma once

#include <absl/status/status.h>

#include <string>

#include "coordinator/core/fleet_state.h"

namespace fleet::coordinator {

// The life cycle of a command as one table. Staying in a state is not a change, except that UNKNOWN may get better
// evidence.
bool MayBecome(v1::CommandState from, v1::CommandState to);

// Why it waits, empty when its state is final: "agent_offline", "agent_busy" (another command of the machine is
// running), "awaiting_delivery", "awaiting_start", "awaiting_cancel" or "awaiting_result".
std::string WaitingFor(const FleetState& state, const CommandRow& command);

// Whether the action looks after this finding.
bool Covers(const v1::Action& action, const Finding& finding);

// InvalidArgument when no kind is set, a repair id is not of the form R-[A-Z-]+, or a text is missing or too long.
absl::Status CheckAction(const v1::Action& action);

// At most 500 outcomes, every text at most 1 KiB: the agent is not trusted with our memory.
v1::CommandResult Bounded(v1::CommandResult result);

}  // namespace fleet::coordinator
