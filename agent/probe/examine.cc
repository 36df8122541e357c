#include "agent/probe/examine.h"

#include <algorithm>

#include "agent/probe/probes.h"

namespace fleet::agent {

namespace {

struct HomeProbe {
  std::string_view name;
  void (*run)(const CheckSettings& settings, HomeModel& home);
};
// In this order: the later ones read what the earlier ones found.
constexpr HomeProbe kHomeProbes[] = {{"duplicates", ProbeDuplicates},
                                     {"config", ProbeConfig},
                                     {"backups", ProbeBackups},
                                     {"logs", ProbeLogs},
                                     {"load", ProbeLoad},
                                     {"mcp", ProbeMcp},
                                     {"qdrant", ProbeQdrant}};

struct MachineProbe {
  std::string_view name;
  void (*run)(const CheckSettings& settings, std::span<const HomeModel> homes, MachineModel& machine);
};
constexpr MachineProbe kMachineProbes[] = {
    {"filesystems", ProbeFilesystems}, {"processes", ProbeProcesses}, {"network", ProbeNetwork}};

// A probe that may not run leaves everything it could have told about unknown, so that no incident closes meanwhile:
// all of the home, and all servers, whose addresses it would have found out.
void LeaveUnknown(HomeModel& home) {
  for (const std::string& place : {home.home.path, std::string("http:/"), std::string("https:/")}) {
    home.unknown.push_back(place);
  }
}

bool IsHome(const HomeModel& home) { return !home.home.path.empty(); }

}  // namespace

void ProbeHome(const CheckSettings& settings, ProbeRunner& runner, HomeModel& home) {
  if (!IsHome(home)) return;
  for (const HomeProbe& probe : kHomeProbes) {
    if (!runner.Run(probe.name, [&] { probe.run(settings, home); })) LeaveUnknown(home);
  }
}

MachineModel ProbeMachine(const CheckSettings& settings, ProbeRunner& runner, std::span<const HomeModel> homes) {
  MachineModel machine;
  machine.agent.quarantined = runner.Quarantined();
  if (std::none_of(homes.begin(), homes.end(), IsHome)) return machine;
  for (const MachineProbe& probe : kMachineProbes) {
    if (!runner.Run(probe.name, [&] { probe.run(settings, homes, machine); })) machine.unknown.push_back("/");
  }
  return machine;
}

}  // namespace fleet::agent
