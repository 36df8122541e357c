#include "coordinator/core/fleet_state.h"

namespace fleet::coordinator {

namespace {

template <class Row>
RowPtr<Row> Get(const Rows<Row>& rows, const auto& key) {
  const auto entry = rows.find(key);
  return entry == rows.end() ? nullptr : entry->second;
}

}  // namespace

template <class Row>
Change FleetState::Exchange(Rows<Row>& rows, const RowChange<Row>& change) {
  RowChange<Row> inverse{change.key, nullptr};
  const auto entry = rows.find(change.key);
  if (entry != rows.end()) {
    Count(*entry->second, -1);
    inverse.row = std::move(entry->second);
    if (change.row == nullptr) rows.erase(entry);
  }
  if (change.row != nullptr) {
    Count(*change.row, 1);
    rows[change.key] = change.row;
  }
  return inverse;
}

Change FleetState::Apply(const Change& change) {
  struct Visitor {
    FleetState& state;
    Change operator()(const RowChange<AgentRow>& row) { return state.Exchange(state.agents_, row); }
    Change operator()(const RowChange<FindingRow>& row) { return state.Exchange(state.findings_, row); }
    Change operator()(const RowChange<IncidentRow>& row) { return state.Exchange(state.incidents_, row); }
    Change operator()(const RowChange<TimelineRow>& row) { return state.Exchange(state.timeline_, row); }
    Change operator()(const RowChange<NoticeRow>& row) { return state.Exchange(state.notices_, row); }
    Change operator()(const RowChange<DispatchRow>& row) { return state.Exchange(state.dispatches_, row); }
    Change operator()(const RowChange<CommandRow>& row) { return state.Exchange(state.commands_, row); }
    Change operator()(const RowChange<LinkRow>& row) { return state.Exchange(state.links_, row); }
  };
  return std::visit(Visitor{*this}, change);
}

template <class Row>
void FleetState::CountDue(const Row& row, int sign) {
  const auto due = DueOf(row);
  if (!due) return;
  if (sign > 0) {
    dues_.insert(*due);
  } else {
    dues_.erase(*due);
  }
}

void FleetState::Count(const AgentRow& agent, int sign) {
  if (sign > 0) {
    agent_index_.Add(agent);
  } else {
    agent_index_.Remove(agent);
  }
}

void FleetState::Count(const FindingRow& finding, int sign) {
  auto& agents = agents_by_code_[finding.finding->code];
  const auto count = agents.emplace(finding.agent_id, 0).first;
  count->second += sign;
  if (count->second == 0) agents.erase(count);
  if (agents.empty()) agents_by_code_.erase(finding.finding->code);
}

void FleetState::Count(const IncidentRow& incident, int sign) {
  CountDue(incident, sign);
  if (sign > 0) {
    incident_index_.Add(incident);
  } else {
    incident_index_.Remove(incident);
  }
}

void FleetState::Count(const DispatchRow& dispatch, int sign) {
  CountDue(dispatch, sign);
  const std::pair order{-dispatch.created_ms, dispatch.id};
  if (sign > 0) {
    dispatch_order_.insert(order);
    if (!dispatch.request_id.empty()) dispatch_by_request_[dispatch.request_id] = dispatch.id;
  } else {
    dispatch_order_.erase(order);
    dispatch_by_request_.erase(dispatch.request_id);
  }
}

void FleetState::Count(const CommandRow& command, int sign) {
  CountDue(command, sign);
  if (sign > 0) {
    command_index_.Add(command);
  } else {
    command_index_.Remove(command);
  }
}

void FleetState::Count(const LinkRow& link, int sign) {
  if (sign > 0) {
    stream_by_agent_[link.agent_id] = link.stream;
    return;
  }
  const auto entry = stream_by_agent_.find(link.agent_id);
  if (entry != stream_by_agent_.end() && entry->second == link.stream) stream_by_agent_.erase(entry);
}

RowPtr<AgentRow> FleetState::Agent(std::string_view id) const { return Get<AgentRow>(agents_, id); }

RowPtr<IncidentRow> FleetState::Incident(std::string_view id) const { return Get<IncidentRow>(incidents_, id); }

RowPtr<IncidentRow> FleetState::LatestIncident(const FaultKey& fault) const {
  const auto entry = incident_index_.by_fault.find(fault);
  return entry == incident_index_.by_fault.end() ? nullptr : Incident(entry->second.rbegin()->id);
}

RowPtr<IncidentRow> FleetState::OpenIncident(const FaultKey& fault) const {
  RowPtr<IncidentRow> latest = LatestIncident(fault);
  return latest != nullptr && IsOpen(*latest) ? latest : nullptr;
}

RowPtr<CommandRow> FleetState::Command(std::string_view id) const { return Get<CommandRow>(commands_, id); }

RowPtr<DispatchRow> FleetState::Dispatch(std::string_view id) const { return Get<DispatchRow>(dispatches_, id); }

RowPtr<DispatchRow> FleetState::DispatchOfRequest(std::string_view request_id) const {
  const auto entry = dispatch_by_request_.find(request_id);
  return entry == dispatch_by_request_.end() ? nullptr : Dispatch(entry->second);
}

RowPtr<LinkRow> FleetState::Link(StreamId stream) const { return Get<LinkRow>(links_, stream); }

RowPtr<LinkRow> FleetState::LinkOfAgent(std::string_view agent_id) const {
  const auto entry = stream_by_agent_.find(agent_id);
  return entry == stream_by_agent_.end() ? nullptr : Link(entry->second);
}

}  // namespace fleet::coordinator
