#include "coordinator/core/query_dispatches.h"

#include <charconv>

#include "common/status.h"
#include "coordinator/core/by_prefix.h"
#include "coordinator/core/command_rules.h"

namespace fleet::coordinator {

namespace {

// RUNNING and CANCELLING are left when the last command is final, so the state needs no row of its own.
v1::DispatchState StateOf(const DispatchRow& row, const std::array<std::int64_t, kCommandStates>& counts) {
  bool ended = true;
  for (std::size_t i = 0; i < kCommandStates; ++i) {
    if (counts[i] > 0 && !IsFinal(static_cast<v1::CommandState>(i))) ended = false;
  }
  if (ended) return v1::DISPATCH_STATE_ENDED;
  return row.cancel_requested ? v1::DISPATCH_STATE_CANCELLING : v1::DISPATCH_STATE_RUNNING;
}

DispatchView ViewOf(const FleetState& state, const RowPtr<DispatchRow>& row, std::size_t commands) {
  DispatchView view;
  view.row = row;
  const auto& groups = state.command_index().by_dispatch;
  if (const auto group = groups.find(row->id); group != groups.end()) {
    view.counts = group->second.counts;
    for (const auto& [agent, id] : group->second.by_agent) {
      if (view.commands.size() >= commands) break;
      const RowPtr<CommandRow> command = state.Command(id);
      view.commands.push_back({command, WaitingFor(state, *command)});
    }
  }
  view.state = StateOf(*row, view.counts);
  return view;
}

// A token is the place in the order: "<-created>.<id>".
absl::StatusOr<std::pair<std::int64_t, std::string>> OrderFromToken(std::string_view token) {
  std::pair<std::int64_t, std::string> order;
  const char* end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data(), end, order.first);
  if (error != std::errc() || rest == end || *rest != '.') {
    return InvalidArgument("the page token is not one of this list; start from the first page");
  }
  order.second.assign(rest + 1, end);
  return order;
}

}  // namespace

absl::StatusOr<DispatchView> GetDispatch(const FleetState& state, std::string_view id, std::size_t commands) {
  ASSIGN_OR_RETURN(const RowPtr<DispatchRow> row, ByPrefix(state.dispatches(), id, "dispatch"));
  return ViewOf(state, row, commands);
}

absl::StatusOr<Page<DispatchView>> ListDispatches(const FleetState& state, const PageRequest& request) {
  ASSIGN_OR_RETURN(const std::size_t size, PageSize(request));
  const auto& order = state.dispatch_order();
  auto place = order.begin();
  if (!request.token.empty()) {
    ASSIGN_OR_RETURN(const auto after, OrderFromToken(request.token));
    place = order.upper_bound(after);
  }
  Page<DispatchView> page;
  for (; place != order.end(); ++place) {
    if (page.items.size() == size) {
      const auto last = std::prev(place);
      page.next_token = std::to_string(last->first) + "." + last->second;
      break;
    }
    page.items.push_back(ViewOf(state, state.Dispatch(place->second), 0));
  }
  return page;
}

}  // namespace fleet::coordinator
