#pragma once

#include <string>
#include <vector>

#include "coordinator/core/fleet_state.h"
#include "coordinator/core/page.h"

namespace fleet::coordinator {

struct IncidentFilter {
  std::vector<Severity> severities;       // empty means any
  std::vector<v1::IncidentState> states;  // empty means the ones that are not resolved
  std::string agent_id;                   // exact; empty means any
  std::string code;                       // empty means any
};

struct IncidentView {
  RowPtr<IncidentRow> row;
  std::vector<RowPtr<TimelineRow>> timeline;  // oldest first
};

// Open ones first, by severity, then by when a response is due; then the resolved ones, newest first.
// Without timelines.
absl::StatusOr<Page<RowPtr<IncidentRow>>> ListIncidents(const FleetState& state, const IncidentFilter& filter,
                                                        const PageRequest& request);

// By id or unique beginning of it. NotFound, or InvalidArgument when several fit.
absl::StatusOr<IncidentView> GetIncident(const FleetState& state, std::string_view id);

}  // namespace fleet::coordinator
