#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "coordinator/core/fleet_state.h"
#include "coordinator/core/outputs.h"
#include "coordinator/core/page.h"

namespace fleet::coordinator {

struct DispatchView {
  RowPtr<DispatchRow> row;
  v1::DispatchState state = v1::DISPATCH_STATE_RUNNING;
  // Commands by v1::CommandState; their sum is the number of machines at every instant.
  std::array<std::int64_t, kCommandStates> counts{};
  std::vector<CommandView> commands;  // in order of agent id, as many as were asked for
};

// By id or unique beginning of it, with at most `commands` of its commands.
absl::StatusOr<DispatchView> GetDispatch(const FleetState& state, std::string_view id, std::size_t commands);

// Newest first, without their commands.
absl::StatusOr<Page<DispatchView>> ListDispatches(const FleetState& state, const PageRequest& request);

}  // namespace fleet::coordinator
