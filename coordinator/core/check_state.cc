#include "coordinator/core/check_state.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/status.h"

namespace fleet::coordinator {

namespace {

using Counts = std::array<std::int64_t, kSeverities>;

absl::Status CheckFindings(const FleetState& state) {
  std::map<std::string, Counts> counts;
  for (const auto& [fault, row] : state.findings()) {
    ++counts[fault.agent_id][static_cast<std::size_t>(row->finding->severity)];
    if (state.OpenIncident(fault) == nullptr) {
      return DataLoss("finding " + fault.fingerprint + " of machine " + fault.agent_id + " has no open incident");
    }
  }
  for (const auto& [id, agent] : state.agents()) {
    const Counts& expected = counts[id];
    if (!std::equal(expected.begin(), expected.end(), agent->findings_by_severity)) {
      return DataLoss("the number of findings of machine " + id + " is not that of its rows");
    }
    counts.erase(id);
  }
  if (!counts.empty()) return DataLoss("machine " + counts.begin()->first + " has findings and no row");
  return absl::OkStatus();
}

absl::Status CheckIncidents(const FleetState& state) {
  std::size_t open = 0;
  for (const auto& [id, row] : state.incidents()) {
    if (state.Agent(row->agent_id) == nullptr) return DataLoss("incident " + id + " has no machine");
    if (IsOpen(*row)) ++open;
    const auto after = state.timeline().lower_bound(TimelineKey{id, row->events});
    if (after != state.timeline().end() && after->first.incident_id == id) {
      return DataLoss("incident " + id + " has more events than it counts");
    }
  }
  if (open != state.findings().size()) return DataLoss("there are open incidents without a finding");
  for (const auto& [key, notice] : state.notices()) {
    const RowPtr<IncidentRow> incident = state.Incident(key.incident_id);
    if (incident == nullptr) return DataLoss("a notice of incident " + key.incident_id + " has no incident");
    if (key.number >= incident->notices) {
      return DataLoss("incident " + key.incident_id + " has more notices than it counts");
    }
  }
  for (const auto& [key, line] : state.timeline()) {
    if (state.Incident(key.incident_id) == nullptr) {
      return DataLoss("the timeline of incident " + key.incident_id + " has no incident");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCommands(const FleetState& state) {
  for (const auto& [id, row] : state.commands()) {
    if (state.Dispatch(row->dispatch_id) == nullptr) return DataLoss("command " + id + " has no dispatch");
    if (state.Agent(row->agent_id) == nullptr) return DataLoss("command " + id + " has no machine");
  }
  for (const auto& [id, row] : state.dispatches()) {
    if (!state.command_index().by_dispatch.contains(id)) return DataLoss("dispatch " + id + " has no commands");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckState(const FleetState& state) {
  RETURN_IF_ERROR(CheckFindings(state));
  RETURN_IF_ERROR(CheckIncidents(state));
  return CheckCommands(state);
}

}  // namespace fleet::coordinator
