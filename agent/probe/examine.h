#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "agent/checks/settings.h"
#include "agent/probe/probe_runner.h"
#include "agent/store/root.h"
#include "common/finding.h"

namespace fleet::agent {

// The facts beside the roots of a home, which Inspect has read. Does nothing for roots that were named one by one.
void ProbeHome(const CheckSettings& settings, ProbeRunner& runner, HomeModel& home);

// The facts about the machine that the homes are on. Nothing when no home is among them.
MachineModel ProbeMachine(const CheckSettings& settings, ProbeRunner& runner, std::span<const HomeModel> homes);

}  // namespace fleet::agent
