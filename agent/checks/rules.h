#pragma once

#include <span>
#include <vector>

#include "agent/checks/machine_model.h"
#include "agent/checks/root_view.h"
#include "agent/checks/settings.h"
#include "common/finding.h"

namespace fleet::agent {

// One function a family of rules, one file each: what it sees, to findings. Pure.

// About a whole home.
void CheckLayouts(const HomeView& home, std::vector<Finding>& findings);
void CheckHomeAccess(const HomeView& home, std::vector<Finding>& findings);
void CheckHomePermissions(const HomeView& home, std::vector<Finding>& findings);
void CheckConfigurations(const HomeView& home, std::vector<Finding>& findings);  // damage to their bytes
void CheckConfigContent(const HomeView& home, std::vector<Finding>& findings);
void CheckConfiguredServers(const HomeView& home, std::vector<Finding>& findings);
void CheckTuiState(const HomeView& home, std::vector<Finding>& findings);
void CheckVersions(const HomeView& home, std::vector<Finding>& findings);
void CheckDuplicates(const HomeView& home, std::vector<Finding>& findings);
void CheckBackups(const HomeView& home, std::vector<Finding>& findings);
void CheckQdrant(const HomeView& home, std::vector<Finding>& findings);
void CheckMcp(const HomeView& home, std::vector<Finding>& findings);

// After all others: raises what together is a complete failure.
void RaiseCompleteFailure(const HomeView& home, std::vector<Finding>& findings);
// About its logs, after all other rules of the home and its roots: what these and the machine's rules found confirms,
// or does not, what the logs say.
void CheckLogs(const HomeView& home, std::span<const Finding> machine, std::vector<Finding>& findings);

// About one of its roots.
void CheckStorage(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckRootAccess(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckDocuments(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckSessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckLostSessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckShares(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckMessages(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckLoad(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckPermissions(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckParents(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckAliases(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckSubsessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckSubsessionStates(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckResidue(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckIndexes(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckGuideIndex(const HomeView& home, const RootView& root, std::vector<Finding>& findings);
void CheckGuideFiles(const HomeView& home, const RootView& root, std::vector<Finding>& findings);

// About the machine around the homes.
struct MachineView {
  const MachineModel& model;
  std::int64_t now_ms;
  const CheckSettings& settings;
};
void CheckFilesystems(const MachineView& machine, std::vector<Finding>& findings);
void CheckProcesses(const MachineView& machine, std::vector<Finding>& findings);
void CheckAgent(const MachineView& machine, std::vector<Finding>& findings);
void CheckNetwork(const MachineView& machine, std::vector<Finding>& findings);

}  // namespace fleet::agent
