#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "coordinator/core/agent_index.h"
#include "coordinator/core/change.h"
#include "coordinator/core/command_index.h"
#include "coordinator/core/due.h"
#include "coordinator/core/incident_index.h"

namespace fleet::coordinator {

template <class Row>
using Rows = std::map<typename Row::Key, RowPtr<Row>, std::less<>>;

// Everything the coordinator knows: the rows and the indexes over them. Plain data on the core strand; deciders
// and queries read it, only Apply changes it. Apply costs what the change touches, never what exists.
class FleetState {
 public:
  // Takes the change and returns its inverse.
  Change Apply(const Change& change);

  const Rows<AgentRow>& agents() const { return agents_; }
  const Rows<FindingRow>& findings() const { return findings_; }
  const Rows<IncidentRow>& incidents() const { return incidents_; }
  const Rows<TimelineRow>& timeline() const { return timeline_; }
  const Rows<NoticeRow>& notices() const { return notices_; }
  const Rows<DispatchRow>& dispatches() const { return dispatches_; }
  const Rows<CommandRow>& commands() const { return commands_; }
  const Rows<LinkRow>& links() const { return links_; }

  const AgentIndex& agent_index() const { return agent_index_; }
  const IncidentIndex& incident_index() const { return incident_index_; }
  const CommandIndex& command_index() const { return command_index_; }
  // Machines with an open finding of a code, and how many of it each has.
  const std::map<std::string, std::map<std::string, std::int64_t>, std::less<>>& agents_by_code() const {
    return agents_by_code_;
  }
  // (-created, id): newest first.
  const std::set<std::pair<std::int64_t, std::string>>& dispatch_order() const { return dispatch_order_; }
  const std::set<Due>& dues() const { return dues_; }

  // Each null when there is none.
  RowPtr<AgentRow> Agent(std::string_view id) const;
  RowPtr<IncidentRow> Incident(std::string_view id) const;
  RowPtr<IncidentRow> OpenIncident(const FaultKey& fault) const;
  RowPtr<IncidentRow> LatestIncident(const FaultKey& fault) const;  // open or not
  RowPtr<CommandRow> Command(std::string_view id) const;
  RowPtr<DispatchRow> Dispatch(std::string_view id) const;
  RowPtr<DispatchRow> DispatchOfRequest(std::string_view request_id) const;
  RowPtr<LinkRow> Link(StreamId stream) const;
  RowPtr<LinkRow> LinkOfAgent(std::string_view agent_id) const;

 private:
  template <class Row>
  Change Exchange(Rows<Row>& rows, const RowChange<Row>& change);
  // Index updates for one row: it comes (sign 1) or goes (sign -1).
  void Count(const AgentRow& agent, int sign);
  void Count(const FindingRow& finding, int sign);
  void Count(const IncidentRow& incident, int sign);
  void Count(const TimelineRow&, int) {}
  void Count(const NoticeRow& notice, int sign) { CountDue(notice, sign); }
  void Count(const DispatchRow& dispatch, int sign);
  void Count(const CommandRow& command, int sign);
  void Count(const LinkRow& link, int sign);
  template <class Row>
  void CountDue(const Row& row, int sign);

  Rows<AgentRow> agents_;
  Rows<FindingRow> findings_;
  Rows<IncidentRow> incidents_;
  Rows<TimelineRow> timeline_;
  Rows<NoticeRow> notices_;
  Rows<DispatchRow> dispatches_;
  Rows<CommandRow> commands_;
  Rows<LinkRow> links_;

  AgentIndex agent_index_;
  IncidentIndex incident_index_;
  CommandIndex command_index_;
  std::map<std::string, std::map<std::string, std::int64_t>, std::less<>> agents_by_code_;
  std::set<std::pair<std::int64_t, std::string>> dispatch_order_;
  std::map<std::string, std::string, std::less<>> dispatch_by_request_;
  std::map<std::string, StreamId, std::less<>> stream_by_agent_;
  std::set<Due> dues_;
};

}  // namespace fleet::coordinator
