#pragma once

#include <string_view>
#include <vector>

#include "coordinator/core/fleet_state.h"
#include "coordinator/core/outputs.h"
#include "coordinator/core/page.h"

namespace fleet::coordinator {

struct AgentFilter {
  std::vector<Health> health;              // empty means any
  std::vector<Connectivity> connectivity;  // empty means any
};
// InvalidArgument for a word that is none of them.
absl::StatusOr<Health> HealthFromText(std::string_view text);
absl::StatusOr<Connectivity> ConnectivityFromText(std::string_view text);

// In order of id.
absl::StatusOr<Page<RowPtr<AgentRow>>> ListAgents(const FleetState& state, const AgentFilter& filter,
                                                  const PageRequest& request);

// By id, unique beginning of an id, or unique host name. NotFound, or InvalidArgument when several fit.
absl::StatusOr<RowPtr<AgentRow>> FindAgent(const FleetState& state, std::string_view text);

// Most severe first, then by fingerprint.
std::vector<RowPtr<FindingRow>> FindingsOf(const FleetState& state, const std::string& agent_id, std::size_t limit);

// Newest first.
std::vector<CommandView> CommandsOf(const FleetState& state, const std::string& agent_id, std::size_t limit);

// Machines that have no stream but are not called offline yet: the gateway starts their time-out after a restart.
std::vector<std::string> StaleAgents(const FleetState& state);

}  // namespace fleet::coordinator
