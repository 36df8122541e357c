#include "agent/checks/check.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

using HomeRule = void (*)(const HomeView&, std::vector<Finding>&);
using MachineRule = void (*)(const MachineView&, std::vector<Finding>&);
using RootRule = void (*)(const HomeView&, const RootView&, std::vector<Finding>&);

constexpr HomeRule kHomeRules[] = {CheckLayouts,        CheckHomeAccess,    CheckHomePermissions,
                                   CheckConfigurations, CheckConfigContent, CheckConfiguredServers,
                                   CheckTuiState,       CheckVersions,      CheckDuplicates,
                                   CheckBackups,        CheckQdrant,        CheckMcp};
constexpr RootRule kRootRules[] = {
    CheckStorage,          CheckRootAccess,  CheckDocuments, CheckSessions,   CheckLostSessions, CheckShares,
    CheckMessages,         CheckPermissions, CheckLoad,      CheckParents,    CheckAliases,      CheckSubsessions,
    CheckSubsessionStates, CheckResidue,     CheckIndexes,   CheckGuideIndex, CheckGuideFiles};
constexpr MachineRule kMachineRules[] = {CheckFilesystems, CheckProcesses, CheckNetwork, CheckAgent};

void CheckRoot(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  for (const RootRule rule : kRootRules) rule(home, root, findings);
}

// In the one order, with the one time.
std::vector<Finding> Finish(std::vector<Finding> findings, std::int64_t now_ms) {
  for (Finding& finding : findings) {
    finding.first_seen_ms = now_ms;
    finding.last_seen_ms = now_ms;
    finding.auto_repair = finding.auto_repair && finding.refusal.empty();
  }
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.severity, a.root, a.code, a.path, a.subject_id) <
           std::tie(b.severity, b.root, b.code, b.path, b.subject_id);
  });
  return findings;
}

}  // namespace

std::vector<Finding> CheckHome(const HomeModel& home, std::int64_t now_ms, const CheckSettings& settings,
                               std::span<const Finding> machine) {
  const HomeView view(home, now_ms, settings);
  std::vector<Finding> findings;
  for (const HomeRule rule : kHomeRules) rule(view, findings);
  for (const RootView& root : view.roots) CheckRoot(view, root, findings);
  RaiseCompleteFailure(view, findings);
  CheckLogs(view, machine, findings);  // last: it goes by what the others found
  return Finish(std::move(findings), now_ms);
}

std::vector<Finding> CheckMachine(const MachineModel& machine, std::int64_t now_ms, const CheckSettings& settings) {
  std::vector<Finding> findings;
  for (const MachineRule rule : kMachineRules) rule({machine, now_ms, settings}, findings);
  return Finish(std::move(findings), now_ms);
}

std::vector<std::string> SuspiciousPaths(const RootModel& root) {
  // Long after everything in it, so that nothing passes for fresh.
  constexpr std::int64_t kMuchLater = std::numeric_limits<std::int64_t>::max() / 4;
  const HomeModel none;
  HomeView view(none, kMuchLater);
  view.roots.emplace_back(root, kMuchLater);
  std::vector<Finding> findings;
  CheckRoot(view, view.roots.front(), findings);
  std::set<std::string> paths;
  for (const Finding& finding : findings) {
    // Rights do not look different when somebody writes.
    if (finding.code.rfind("PERM_", 0) == 0) continue;
    for (const std::string& path : finding.paths) {
      if (path.size() > root.root.path.size()) paths.insert(path.substr(root.root.path.size() + 1));
    }
  }
  for (const std::string& directory : root.directories) paths.erase(directory);
  for (const auto& [id, conversation] : root.conversations) paths.erase(conversation.path);
  for (const auto& [path, unreadable] : root.unreadable) paths.erase(path);
  for (const auto& [path, stray] : root.strays) paths.erase(path);
  return {paths.begin(), paths.end()};
}

}  // namespace fleet::agent
