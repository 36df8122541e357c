#pragma once

#include <algorithm>

#include "coordinator/core/fleet_state.h"
#include "tests/support/memory_store.h"

namespace fleet::coordinator {

// Whether both states have the same stored rows and the same indexes over them; links do not count.
inline bool SameState(const FleetState& a, const FleetState& b) {
  const auto same_rows = [](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& left, const auto& right) {
      return left.first == right.first && *left.second == *right.second;
    });
  };
  return same_rows(a.agents(), b.agents()) && same_rows(a.findings(), b.findings()) &&
         same_rows(a.incidents(), b.incidents()) && same_rows(a.timeline(), b.timeline()) &&
         same_rows(a.notices(), b.notices()) && same_rows(a.dispatches(), b.dispatches()) &&
         same_rows(a.commands(), b.commands()) && a.agent_index() == b.agent_index() &&
         a.incident_index() == b.incident_index() && a.command_index() == b.command_index() &&
         a.agents_by_code() == b.agents_by_code() && a.dispatch_order() == b.dispatch_order() && a.dues() == b.dues();
}

// The state that a restart would make of these rows: every index counted from scratch.
inline FleetState Recounted(const FleetState& state) {
  FleetState fresh;
  for (const Change& row : StoredRows(state)) fresh.Apply(row);
  return fresh;
}

}  // namespace fleet::coordinator
