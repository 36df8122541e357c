#include "coordinator/core/query_overview.h"

#include "common/status.h"

namespace fleet::coordinator {

namespace {

void CountAgents(const FleetState& state, FleetOverview& overview) {
  for (std::size_t health = 0; health < kHealths; ++health) {
    for (std::size_t connectivity = 0; connectivity < kConnectivities; ++connectivity) {
      const auto& cell = state.agent_index().by_health_and_connectivity[health][connectivity];
      overview.agents_by_health[health] += static_cast<std::int64_t>(cell.size());
      overview.agents_by_connectivity[connectivity] += static_cast<std::int64_t>(cell.size());
    }
  }
  overview.agents = static_cast<std::int64_t>(state.agents().size());
}

}  // namespace

absl::StatusOr<FleetOverview> GetOverview(const FleetState& state, int limit) {
  if (limit < 0 || limit > 100) {
    return InvalidArgument("limit " + std::to_string(limit) + " is not between 0 and 100");
  }
  const std::size_t most = limit == 0 ? 10 : static_cast<std::size_t>(limit);
  FleetOverview overview;
  CountAgents(state, overview);
  const IncidentIndex& incidents = state.incident_index();
  for (std::size_t i = 0; i < kSeverities; ++i) {
    overview.incidents_by_severity[i] = incidents.open_by_severity[i];
    overview.open_incidents += incidents.open_by_severity[i];
  }
  overview.overdue_incidents = incidents.overdue;
  overview.running_commands = state.command_index().waiting;
  for (const WorstKey& key : state.agent_index().worst) {
    if (overview.worst_agents.size() == most) break;
    overview.worst_agents.push_back(state.Agent(key.id));
  }
  for (const IncidentOrder& order : incidents.ordered) {
    if (order.resolved || overview.incidents.size() == most) break;
    overview.incidents.push_back(state.Incident(order.id));
  }
  return overview;
}

}  // namespace fleet::coordinator
