#include "coordinator/admin/requests.h"

#include "common/finding_wire.h"
#include "common/status.h"

namespace fleet::coordinator {

absl::StatusOr<AgentFilter> FilterOf(const v1::ListAgentsRequest& request) {
  AgentFilter filter;
  for (const std::string& text : request.health()) {
    ASSIGN_OR_RETURN(filter.health.emplace_back(), HealthFromText(text));
  }
  for (const std::string& text : request.connectivity()) {
    ASSIGN_OR_RETURN(filter.connectivity.emplace_back(), ConnectivityFromText(text));
  }
  return filter;
}

absl::StatusOr<IncidentFilter> FilterOf(const v1::ListIncidentsRequest& request) {
  IncidentFilter filter;
  filter.agent_id = request.agent_id();
  filter.code = request.code();
  for (const int severity : request.severities()) {
    const auto known = FromWire(static_cast<v1::Severity>(severity));
    if (!known.ok()) return InvalidArgument("severities holds " + std::to_string(severity) + "; it takes P0 to P3");
    filter.severities.push_back(*known);
  }
  for (const int state : request.states()) {
    if (state == v1::INCIDENT_STATE_UNSPECIFIED || !v1::IncidentState_IsValid(state)) {
      return InvalidArgument("states holds " + std::to_string(state) +
                             "; it takes open, acknowledged, repairing and resolved");
    }
    filter.states.push_back(static_cast<v1::IncidentState>(state));
  }
  return filter;
}

absl::StatusOr<NoticeFilter> FilterOf(const v1::ListNoticesRequest& request) {
  NoticeFilter filter;
  filter.incident_id = request.incident_id();
  for (const std::string& text : request.states()) {
    ASSIGN_OR_RETURN(filter.states.emplace_back(), NoticeStateFromText(text));
  }
  return filter;
}

}  // namespace fleet::coordinator
