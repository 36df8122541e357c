#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "coordinator/core/fleet_state.h"

namespace fleet::coordinator {

// The fleet at a glance. Costs the same at 10 and at 100,000 machines: all figures are kept up to date.
struct FleetOverview {
  std::int64_t agents = 0;
  std::int64_t agents_by_health[kHealths] = {};               // index is Health
  std::int64_t agents_by_connectivity[kConnectivities] = {};  // index is Connectivity
  std::int64_t incidents_by_severity[kSeverities] = {};       // open ones
  std::int64_t open_incidents = 0;
  std::int64_t overdue_incidents = 0;
  std::int64_t running_commands = 0;           // not in a final state
  std::vector<RowPtr<AgentRow>> worst_agents;  // none of them healthy
  std::vector<RowPtr<IncidentRow>> incidents;  // most urgent first
};

// `limit`: machines and incidents named; 0 means 10, at most 100.
absl::StatusOr<FleetOverview> GetOverview(const FleetState& state, int limit);

}  // namespace fleet::coordinator
