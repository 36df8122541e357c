#pragma once

#include <absl/status/status.h>

#include "coordinator/core/fleet_state.h"

namespace fleet::coordinator {

// Whether the rows hang together as the deciders rely on: every finding has its open incident and no other incident
// is open, the counts of each machine are those of its findings, timelines and commands belong to something.
// DataLoss with the row that does not fit. Looks at everything: for a state just loaded, and for tests.
absl::Status CheckState(const FleetState& state);

}  // namespace fleet::coordinator
