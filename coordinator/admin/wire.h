#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coordinator/core/dispatch_plan.h"
#include "coordinator/core/outputs.h"
#include "coordinator/core/query_dispatches.h"
#include "coordinator/core/query_incidents.h"
#include "coordinator/core/query_overview.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

// When a machine was last heard, by its id: 0 when only its row knows. Any thread.
using LastHeard = std::function<std::int64_t(const std::string& agent_id)>;

// A machine with what an admin wants to see of it.
struct AgentView {
  RowPtr<AgentRow> agent;
  std::vector<RowPtr<FindingRow>> findings;
  std::vector<CommandView> commands;
};

// What the coordinator knows, as admins see it. Pure; any thread. What can be long is cut where a list of it would
// not fit into one message (see brief.h).
v1::Agent ToWire(const AgentRow& row, const LastHeard& last_heard);
v1::GetAgentResponse ToWire(const AgentView& view, const LastHeard& last_heard);
v1::Incident ToWire(const IncidentRow& row);  // brief, without its timeline
v1::Incident ToWire(const IncidentView& view);
v1::Notice ToWire(const NoticeRow& row);
v1::Command ToWire(const CommandView& view);
v1::Dispatch ToWire(const DispatchView& view);
v1::DispatchPlan ToWire(const DispatchPlan& plan);
v1::Overview ToWire(const FleetOverview& overview, std::int64_t now_ms, const LastHeard& last_heard);
v1::FleetEvent ToWire(const FleetEvent& event, const LastHeard& last_heard);

}  // namespace fleet::coordinator
