#include "coordinator/core/query_incidents.h"

#include <algorithm>
#include <charconv>

#include "common/status.h"
#include "coordinator/core/by_prefix.h"

namespace fleet::coordinator {

namespace {

template <class Value>
bool AnyOr(const std::vector<Value>& wanted, Value value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool WantsResolved(const IncidentFilter& filter) {
  return std::find(filter.states.begin(), filter.states.end(), v1::INCIDENT_STATE_RESOLVED) != filter.states.end();
}

bool Matches(const IncidentFilter& filter, const IncidentRow& row) {
  if (filter.states.empty() ? !IsOpen(row) : !AnyOr(filter.states, row.state)) return false;
  if (!filter.agent_id.empty() && row.agent_id != filter.agent_id) return false;
  return AnyOr(filter.severities, row.severity) && (filter.code.empty() || row.finding->code == filter.code);
}

// A token is the place in the order: "<resolved>.<severity>.<when>.<id>".
std::string TokenOf(const IncidentOrder& order) {
  return std::string(order.resolved ? "1." : "0.") + std::to_string(static_cast<int>(order.severity)) + "." +
         std::to_string(order.when) + "." + order.id;
}

absl::StatusOr<IncidentOrder> OrderFromToken(std::string_view token) {
  const absl::Status bad = InvalidArgument("the page token is not one of this list; start from the first page");
  IncidentOrder order;
  if (token.size() < 6 || token[1] != '.' || token[3] != '.') return bad;
  if (token[0] < '0' || token[0] > '1' || token[2] < '0' || token[2] > '3') return bad;
  order.resolved = token[0] == '1';
  order.severity = static_cast<Severity>(token[2] - '0');
  const char* end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data() + 4, end, order.when);
  if (error != std::errc() || rest == end || *rest != '.') return bad;
  order.id.assign(rest + 1, end);
  return order;
}

const std::set<IncidentOrder>& CandidatesOf(const FleetState& state, const IncidentFilter& filter) {
  static const std::set<IncidentOrder> kNone;
  const IncidentIndex& index = state.incident_index();
  if (filter.agent_id.empty()) return index.ordered;
  const auto of_agent = index.by_agent.find(filter.agent_id);
  return of_agent == index.by_agent.end() ? kNone : of_agent->second;
}

}  // namespace

absl::StatusOr<Page<RowPtr<IncidentRow>>> ListIncidents(const FleetState& state, const IncidentFilter& filter,
                                                        const PageRequest& request) {
  ASSIGN_OR_RETURN(const std::size_t size, PageSize(request));
  const std::set<IncidentOrder>& candidates = CandidatesOf(state, filter);
  auto place = candidates.begin();
  if (!request.token.empty()) {
    ASSIGN_OR_RETURN(const IncidentOrder after, OrderFromToken(request.token));
    place = candidates.upper_bound(after);
  }
  Page<RowPtr<IncidentRow>> page;
  const IncidentOrder* last = nullptr;
  for (int examined = 0; place != candidates.end(); ++place, ++examined) {
    if (place->resolved && !WantsResolved(filter)) break;
    if (page.items.size() == size || examined == kMaxExamined) {
      page.next_token = TokenOf(*last);
      break;
    }
    last = &*place;
    RowPtr<IncidentRow> row = state.Incident(place->id);
    if (Matches(filter, *row)) page.items.push_back(std::move(row));
  }
  return page;
}

absl::StatusOr<IncidentView> GetIncident(const FleetState& state, std::string_view id) {
  ASSIGN_OR_RETURN(RowPtr<IncidentRow> row, ByPrefix(state.incidents(), id, "incident"));
  IncidentView view{row, {}};
  const auto& lines = state.timeline();
  for (auto line = lines.lower_bound(TimelineKey{row->id, 0}); line != lines.end(); ++line) {
    if (line->first.incident_id != row->id) break;
    view.timeline.push_back(line->second);
  }
  return view;
}

}  // namespace fleet::coordinator
