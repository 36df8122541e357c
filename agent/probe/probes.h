#pragma once

#include <span>

#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "agent/checks/settings.h"

namespace fleet::agent {

// One function a source of facts, one file each: looks at the world outside the roots and fills its part of the model.
// What cannot be looked at leaves its facts unset and names them in `unknown`, so that nothing is concluded. They
// block, within limits of their own; any thread.

// About one home, after its roots have been read.
void ProbeDuplicates(const CheckSettings& settings, HomeModel& home);
void ProbeConfig(const CheckSettings& settings, HomeModel& home);
void ProbeBackups(const CheckSettings& settings, HomeModel& home);
void ProbeLoad(const CheckSettings& settings, HomeModel& home);
void ProbeLogs(const CheckSettings& settings, HomeModel& home);
void ProbeMcp(const CheckSettings& settings, HomeModel& home);     // after ProbeConfig
void ProbeQdrant(const CheckSettings& settings, HomeModel& home);  // after ProbeConfig and ProbeBackups

// About the machine, after its homes.
void ProbeFilesystems(const CheckSettings& settings, std::span<const HomeModel> homes, MachineModel& machine);
void ProbeProcesses(const CheckSettings& settings, std::span<const HomeModel> homes, MachineModel& machine);
void ProbeNetwork(const CheckSettings& settings, std::span<const HomeModel> homes, MachineModel& machine);

}  // namespace fleet::agent
