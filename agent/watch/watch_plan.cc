#include "agent/watch/watch_plan.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include "agent/probe/environment.h"
#include "agent/store/find_roots.h"
#include "agent/store/layout.h"

namespace fleet::agent {

namespace {

// Whether the path is the folder or below it, and what follows the folder.
bool Below(const std::string& path, const std::string& folder, std::string_view& below) {
  if (path.size() < folder.size() || path.compare(0, folder.size(), folder) != 0) return false;
  below = std::string_view(path).substr(folder.size());
  if (below.empty()) return true;
  if (below[0] != '/') return false;
  below.remove_prefix(1);
  return true;
}

// Takes the first component off.
std::string_view TakeComponent(std::string_view& path) {
  const std::string_view first = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(path.size(), first.size() + 1));
  return first;
}

WatchPlan::Nature NatureInRoot(const Layout& layout, std::string_view below, bool logs) {
  if (below.empty()) return WatchPlan::Nature::kFolder;
  if (logs && (below == "log" || below == "logs")) return WatchPlan::Nature::kFlat;
  constexpr std::string_view kDocument = ".json";
  if (below.size() >= kDocument.size() && below.substr(below.size() - kDocument.size()) == kDocument) {
    return WatchPlan::Nature::kUnwatched;
  }
  const Place place = layout.place(below, true);
  if (place.skip || place.role == DirectoryRole::kNested) return WatchPlan::Nature::kUnwatched;
  // Below the folders of the documents' classes lies one folder a session.
  constexpr auto kDepthOfClasses = 2;
  const bool deep = std::count(below.begin(), below.end(), '/') > kDepthOfClasses;
  if (place.role == DirectoryRole::kConversation || deep) return WatchPlan::Nature::kLeaf;
  return place.session.empty() ? WatchPlan::Nature::kFolder : WatchPlan::Nature::kSessionFolder;
}

}  // namespace

std::string WithoutLinks(const std::string& path) {
  std::string existing = path;
  std::string rest;
  while (existing.size() > 1) {
    const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(existing.c_str(), nullptr), std::free);
    if (resolved) return (std::string(resolved.get()) == "/" ? "" : resolved.get()) + rest;
    const std::size_t slash = existing.rfind('/');
    rest = existing.substr(slash) + rest;
    existing.resize(slash);
  }
  return path;
}

WatchPlan WatchPlan::Of(const std::vector<Target>& targets, bool logs) {
  WatchPlan plan;
  plan.logs_ = logs;
  for (const Target& target : targets) {
    std::vector<Root> roots = target.explicit_roots;
    if (!target.home.path.empty()) {
      for (const std::string app : {"/dgmo", "/opencode"}) {
        plan.Add(target.home.data_home + app + "/project", Kind::kProjects);
        plan.Add(target.home.config_home + app, Kind::kFlat);
        if (logs) plan.Add(target.home.data_home + app + "/log", Kind::kFlat);
      }
      plan.Add(target.home.data_home + "/opencode/User/workspaceStorage", Kind::kWorkspaces);
      // Some are reached by a link from there.
      std::map<std::string, Unreadable> unreadable;
      if (roots.empty()) roots = FindRoots(WithEnvironmentOfProcesses(target.home), unreadable);
    }
    for (const Root& root : roots) {
      if (root.kind == RootKind::kForeign || plan.Covers(root.path)) continue;
      plan.Add(root.path, root.kind == RootKind::kGuide ? Kind::kGuideRoot : Kind::kProgramRoot);
    }
  }
  return plan;
}

void WatchPlan::Add(const std::string& path, Kind kind) { tops_.push_back({WithoutLinks(path), kind}); }

bool WatchPlan::Covers(const std::string& path) const { return NatureOf(path) != Nature::kUnwatched; }

std::vector<std::string> WatchPlan::Tops() const {
  std::vector<std::string> paths;
  for (const Top& top : tops_) paths.push_back(top.path);
  return paths;
}

WatchPlan::Nature WatchPlan::NatureOf(const std::string& folder) const {
  for (const Top& top : tops_) {
    std::string_view below;
    if (!Below(folder, top.path, below)) continue;
    if (const Nature nature = NatureBelow(top, below); nature != Nature::kUnwatched) return nature;
  }
  return Nature::kUnwatched;
}

WatchPlan::Nature WatchPlan::NatureBelow(const Top& top, std::string_view below) const {
  switch (top.kind) {
    case Kind::kFlat: return below.empty() ? Nature::kFlat : Nature::kUnwatched;
    case Kind::kProgramRoot: return NatureInRoot(kProgramLayout, below, logs_);
    case Kind::kGuideRoot: return NatureInRoot(kGuideLayout, below, logs_);
    case Kind::kProjects: TakeComponent(below); return NatureInRoot(kProgramLayout, below, logs_);
    case Kind::kWorkspaces: break;
  }
  TakeComponent(below);
  if (below.empty()) return Nature::kFolder;
  if (TakeComponent(below) != "dgmo") return Nature::kUnwatched;
  return NatureInRoot(kGuideLayout, below, logs_);
}

}  // namespace fleet::agent
