#pragma once

#include <string>
#include <vector>

#include "coordinator/core/fleet_state.h"
#include "coordinator/core/page.h"

namespace fleet::coordinator {

struct NoticeFilter {
  std::string incident_id;          // exact; empty means any
  std::vector<NoticeState> states;  // empty means any
};

// By incident, oldest first.
absl::StatusOr<Page<RowPtr<NoticeRow>>> ListNotices(const FleetState& state, const NoticeFilter& filter,
                                                    const PageRequest& request);

}  // namespace fleet::coordinator
