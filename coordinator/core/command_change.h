#pragma once

#include <string_view>
#include <vector>

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// Puts the command in another state, with the evidence for it (kept as it was when `result` is null), and changes
// the incidents that it repairs. The transition must be allowed (MayBecome).
void ChangeCommand(const FleetState& state, CommandRow row, v1::CommandState to,
                   std::shared_ptr<const v1::CommandResult> result, const Moment& moment, std::vector<Change>& changes);

// Evidence that the coordinator gives itself.
std::shared_ptr<const v1::CommandResult> OwnEvidence(std::string_view reason, std::string_view summary);

}  // namespace fleet::coordinator
