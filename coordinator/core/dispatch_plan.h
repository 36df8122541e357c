#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "coordinator/core/fleet_state.h"

namespace fleet::coordinator {

struct DispatchTarget {
  RowPtr<AgentRow> agent;
  std::int64_t matching_findings = 0;  // open findings that the action would look after
};

struct DispatchPlan {
  std::vector<DispatchTarget> targets;  // in order of id; may be empty
  std::string plan_hash;                // over selector, action and machines
};

// The exact machines that the selector means now. Pure. InvalidArgument for an empty selector, an unknown word or
// an action that is not well formed; NotFound for a machine that does not exist.
absl::StatusOr<DispatchPlan> PlanDispatch(const FleetState& state, const v1::Selector& selector,
                                          const v1::Action& action);

}  // namespace fleet::coordinator
