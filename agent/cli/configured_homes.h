#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/settings.h"
#include "agent/cli/targets.h"

namespace fleet::agent {

// The homes of a command that is only about what their configuration names: their roots are known and not read.
absl::StatusOr<std::vector<HomeModel>> ConfiguredHomes(const Targets& targets, const CheckSettings& settings);

}  // namespace fleet::agent
