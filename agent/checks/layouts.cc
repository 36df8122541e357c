#include <algorithm>

#include "agent/checks/rules.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kRootsInEvidence = 32;

std::int64_t NewestMs(const RootModel& root) {
  std::int64_t newest = 0;
  for (const auto& [id, info] : root.sessions) newest = std::max(newest, info.stat.mtime_ms());
  for (const auto& [id, conversation] : root.conversations) newest = std::max(newest, conversation.last_mtime_ms);
  return newest;
}

// A conversation without info is a session all the same; it is only hidden.
std::int64_t SessionsIn(const RootView& root) {
  auto count = static_cast<std::int64_t>(root.model().sessions.size());
  for (const auto& [id, conversation] : root.model().conversations) {
    if (root.model().sessions.count(id) == 0 && conversation.messages + conversation.damaged > 0) ++count;
  }
  return count;
}

// The root that the installed dgmo writes: one it works on now, else the one written last. When everything lies in the
// places of older versions and today's place is there and empty, dgmo shows that empty one.
const RootModel* ActiveRoot(const HomeModel& home, const std::map<const RootModel*, std::int64_t>& sessions) {
  const RootModel* newest = nullptr;
  const RootModel* empty = nullptr;
  for (const RootModel& root : home.roots) {
    if (root.live) return &root;
    if (root.root.kind != RootKind::kProgram) continue;
    if (sessions.at(&root) == 0) {
      if (empty == nullptr && root.root.app == "dgmo") empty = &root;
    } else if (newest == nullptr || NewestMs(root) > NewestMs(*newest)) {
      newest = &root;
    }
  }
  const bool today = std::any_of(sessions.begin(), sessions.end(),
                                 [](const auto& entry) { return entry.second > 0 && entry.first->root.app == "dgmo"; });
  return !today && empty != nullptr ? empty : newest;
}

void CheckSplit(const HomeView& home, std::vector<Finding>& findings) {
  std::map<const RootModel*, std::int64_t> sessions;
  for (const RootView& root : home.roots) sessions[&root.model()] = SessionsIn(root);
  const auto populated = std::count_if(sessions.begin(), sessions.end(), [](const auto& e) { return e.second > 0; });
  const RootModel* active = ActiveRoot(home.model, sessions);
  const bool active_is_empty = active != nullptr && sessions[active] == 0;
  if (populated + (active_is_empty ? 1 : 0) < 2) return;
  std::vector<std::string> paths;
  std::map<std::string, EvidenceValue> evidence;
  for (const RootModel& root : home.model.roots) {
    if (sessions[&root] == 0 && &root != active) continue;
    paths.push_back(root.root.path);
    if (paths.size() > kRootsInEvidence) continue;
    const std::string number = std::to_string(paths.size());
    const std::int64_t newest = NewestMs(root);
    evidence["root_" + std::string(number.size() < 2 ? "0" : "") + number] =
        std::string(RootKindText(root.root.kind)) + " " + root.root.path + ": " + std::to_string(sessions[&root]) +
        " sessions" + (newest > 0 ? ", newest " + TimeText(newest) : "");
  }
  if (active != nullptr) {
    std::stable_partition(paths.begin(), paths.end(),
                          [&](const std::string& path) { return path == active->root.path; });
    evidence["active"] = active->root.path;
  }
  evidence["roots"] = static_cast<std::int64_t>(paths.size());
  Finding finding = DraftFinding("LAYOUT_SPLIT", "", home.model.home.path, "", paths);
  finding.evidence = std::move(evidence);
  if (active_is_empty) finding.severity = Severity::kP1;
  findings.push_back(std::move(finding));
}

void CheckRootMissing(const HomeView& home, std::vector<Finding>& findings) {
  const HomeModel& model = home.model;
  const bool was_used = model.dgmo_installed || model.has_config || model.has_backup;
  if (!was_used || !model.roots.empty() || !model.unreadable.empty()) return;
  const std::string& data = model.home.data_home;
  Finding finding =
      DraftFinding("STORAGE_ROOT_MISSING", "", model.home.path, "",
                   {data + "/dgmo/project", data + "/opencode/project", data + "/opencode/User/workspaceStorage"});
  finding.evidence["installed"] = model.dgmo_installed ? 1 : 0;
  finding.evidence["configured"] = model.has_config ? 1 : 0;
  finding.evidence["backup"] = model.has_backup ? 1 : 0;
  if (model.has_backup) {
    finding.severity = Severity::kP1;
    SetRepair(finding, "R-RESTORE");
  } else {
    finding.refusal = "there is no data root to make folders in: dgmo makes its own when it starts";
  }
  findings.push_back(std::move(finding));
}

// Only the guide's tools read the variable: dgmo looks for its data elsewhere all the same.
void CheckDataPaths(const HomeView& home, std::vector<Finding>& findings) {
  for (const NamedPlace& place : home.model.lost_data_paths) {
    const std::string path = place.path.front() == '/' ? place.path : home.model.home.path;
    Finding finding = DraftFinding("STORAGE_ENV_OVERRIDE_INVALID", "", home.model.home.path, "", {path}, place.path);
    finding.evidence["value"] = place.path;
    finding.evidence["set_in"] = std::string(place.pid == 0 ? "this environment" : "a dgmo process");
    if (place.pid != 0) finding.evidence["pid"] = place.pid;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

void CheckLayouts(const HomeView& home, std::vector<Finding>& findings) {
  for (const Root& foreign : home.model.foreign) {
    findings.push_back(
        DraftFinding("STORAGE_FOREIGN_LAYOUT", RootKindText(foreign.kind), foreign.path, "", {foreign.path}));
  }
  // Roots that were named one by one need not belong to one developer.
  if (home.model.home.path.empty()) return;
  CheckDataPaths(home, findings);
  CheckRootMissing(home, findings);
  CheckSplit(home, findings);
}

}  // namespace fleet::agent
