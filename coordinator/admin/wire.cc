#include "coordinator/admin/wire.h"

#include <algorithm>

#include "common/finding_wire.h"
#include "coordinator/admin/brief.h"

namespace fleet::coordinator {

namespace {

// As many as fit; the outcomes of their repairs give way first.
void AddCommands(const std::vector<CommandView>& views, std::size_t budget,
                 google::protobuf::RepeatedPtrField<v1::Command>& commands) {
  std::size_t used = 0;
  for (const CommandView& view : views) {
    v1::Command command = ToWire(view);
    if (used + command.ByteSizeLong() > budget / 2) {
      if (command.has_result()) command.mutable_result()->clear_outcomes();
    }
    used += command.ByteSizeLong();
    if (used > budget) return;
    *commands.Add() = std::move(command);
  }
}

}  // namespace

v1::Agent ToWire(const AgentRow& row, const LastHeard& last_heard) {
  v1::Agent wire;
  wire.set_agent_id(row.id);
  wire.set_host_name(row.host_name);
  wire.set_agent_version(row.agent_version);
  wire.set_os(row.os);
  wire.set_connectivity(std::string(ConnectivityText(row.connectivity)));
  wire.set_health(std::string(HealthText(HealthOf(row))));
  wire.set_first_seen_ms(row.first_seen_ms);
  wire.set_last_seen_ms(std::max(row.last_seen_ms, last_heard(row.id)));
  for (const std::int64_t count : row.findings_by_severity) wire.add_findings_by_severity(count);
  wire.set_sessions(row.sessions);
  wire.set_messages(row.messages);
  wire.set_omitted_findings(row.omitted_findings);
  if (row.last_drill.began_ms > 0) {
    v1::DrillFacts& drill = *wire.mutable_last_drill();
    drill.set_began_ms(row.last_drill.began_ms);
    drill.set_all(row.last_drill.all);
    drill.set_passed(row.last_drill.passed);
    drill.set_failed(row.last_drill.failed);
    drill.set_skipped(row.last_drill.skipped);
  }
  return wire;
}

v1::GetAgentResponse ToWire(const AgentView& view, const LastHeard& last_heard) {
  v1::GetAgentResponse wire;
  *wire.mutable_agent() = ToWire(*view.agent, last_heard);
  std::size_t used = 0;
  for (const auto& row : view.findings) {
    v1::Finding finding = ToWire(*row->finding);
    if (used + finding.ByteSizeLong() > kReplyBytes / 4) finding = BriefFinding(*row->finding);
    used += finding.ByteSizeLong();
    if (used > kReplyBytes * 3 / 4) break;
    *wire.add_findings() = std::move(finding);
  }
  AddCommands(view.commands, kReplyBytes / 4, *wire.mutable_commands());
  return wire;
}

v1::Incident ToWire(const IncidentRow& row) {
  v1::Incident wire;
  wire.set_incident_id(row.id);
  wire.set_agent_id(row.agent_id);
  wire.set_host_name(row.host_name);
  wire.set_state(row.state);
  wire.set_severity(ToWire(row.severity));
  *wire.mutable_finding() = BriefFinding(*row.finding);
  wire.set_opened_ms(row.opened_ms);
  wire.set_updated_ms(row.updated_ms);
  wire.set_respond_by_ms(row.respond_by_ms);
  wire.set_resolved_ms(row.resolved_ms);
  wire.set_command_id(row.command_id);
  wire.set_owner(row.owner);
  wire.set_acknowledged_until_ms(row.acknowledged_until_ms);
  wire.set_reopened(row.reopened);
  return wire;
}

v1::Incident ToWire(const IncidentView& view) {
  v1::Incident wire = ToWire(*view.row);
  *wire.mutable_finding() = ToWire(*view.row->finding);
  for (const RowPtr<TimelineRow>& row : view.timeline) {
    v1::IncidentEvent& event = *wire.add_timeline();
    event.set_at_ms(row->at_ms);
    event.set_what(row->what);
    event.set_detail(row->detail);
  }
  return wire;
}

v1::Notice ToWire(const NoticeRow& row) {
  v1::Notice wire;
  wire.set_notice_id(row.notice.id);
  wire.set_incident_id(row.notice.incident_id);
  wire.set_channel(row.channel);
  wire.set_kind(std::string(NoticeKindText(row.notice.kind)));
  wire.set_subject(row.notice.subject);
  wire.set_state(std::string(NoticeStateText(row.state)));
  wire.set_created_ms(row.notice.at_ms);
  wire.set_attempts(row.attempts);
  if (row.state == NoticeState::kWaiting && row.due_ms != kHeldBack) wire.set_due_ms(row.due_ms);
  wire.set_ended_ms(row.ended_ms);
  wire.set_detail(row.detail);
  return wire;
}

v1::Command ToWire(const CommandView& view) {
  const CommandRow& row = *view.row;
  v1::Command wire;
  wire.set_command_id(row.id);
  wire.set_dispatch_id(row.dispatch_id);
  wire.set_agent_id(row.agent_id);
  wire.set_host_name(row.host_name);
  *wire.mutable_action() = *row.action;
  wire.set_state(row.state);
  if (row.result != nullptr) *wire.mutable_result() = *row.result;
  wire.set_created_ms(row.created_ms);
  wire.set_expires_ms(row.expires_ms);
  wire.set_updated_ms(row.updated_ms);
  wire.set_waiting_for(view.waiting_for);
  wire.set_cancel_requested(row.cancel_requested);
  return wire;
}

v1::Dispatch ToWire(const DispatchView& view) {
  v1::Dispatch wire;
  wire.set_dispatch_id(view.row->id);
  *wire.mutable_selector() = BriefSelector(view.row->selector);
  *wire.mutable_action() = *view.row->action;
  wire.set_state(view.state);
  wire.set_created_ms(view.row->created_ms);
  wire.set_expires_ms(view.row->expires_ms);
  wire.set_author(view.row->author);
  for (int state = 1; state < kCommandStates; ++state) {
    const std::int64_t count = view.counts[static_cast<std::size_t>(state)];
    if (count != 0) (*wire.mutable_counts())[CommandStateText(static_cast<v1::CommandState>(state))] = count;
  }
  AddCommands(view.commands, kReplyBytes, *wire.mutable_commands());
  return wire;
}

v1::DispatchPlan ToWire(const DispatchPlan& plan) {
  v1::DispatchPlan wire;
  wire.set_plan_hash(plan.plan_hash);
  for (const DispatchTarget& target : plan.targets) {
    v1::DispatchTarget& out = *wire.add_targets();
    out.set_agent_id(target.agent->id);
    out.set_host_name(target.agent->host_name);
    out.set_connectivity(std::string(ConnectivityText(target.agent->connectivity)));
    out.set_matching_findings(target.matching_findings);
  }
  return wire;
}

v1::Overview ToWire(const FleetOverview& overview, std::int64_t now_ms, const LastHeard& last_heard) {
  v1::Overview wire;
  wire.set_at_ms(now_ms);
  wire.set_agents(overview.agents);
  for (int i = 0; i < kHealths; ++i) {
    (*wire.mutable_agents_by_health())[std::string(HealthText(static_cast<Health>(i)))] = overview.agents_by_health[i];
  }
  for (int i = 0; i < kConnectivities; ++i) {
    const std::string name(ConnectivityText(static_cast<Connectivity>(i)));
    (*wire.mutable_agents_by_connectivity())[name] = overview.agents_by_connectivity[i];
  }
  for (const std::int64_t count : overview.incidents_by_severity) wire.add_incidents_by_severity(count);
  wire.set_open_incidents(overview.open_incidents);
  wire.set_overdue_incidents(overview.overdue_incidents);
  wire.set_running_commands(overview.running_commands);
  for (const auto& agent : overview.worst_agents) *wire.add_worst_agents() = ToWire(*agent, last_heard);
  for (const auto& incident : overview.incidents) *wire.add_incidents() = ToWire(*incident);
  return wire;
}

v1::FleetEvent ToWire(const FleetEvent& event, const LastHeard& last_heard) {
  v1::FleetEvent wire;
  wire.set_at_ms(event.at_ms);
  if (const auto* agent = std::get_if<RowPtr<AgentRow>>(&event.what))
    *wire.mutable_agent() = ToWire(**agent, last_heard);
  if (const auto* incident = std::get_if<RowPtr<IncidentRow>>(&event.what)) {
    *wire.mutable_incident() = ToWire(**incident);
  }
  if (const auto* command = std::get_if<CommandView>(&event.what)) *wire.mutable_command() = ToWire(*command);
  return wire;
}

}  // namespace fleet::coordinator
