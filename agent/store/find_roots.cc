#include "agent/store/find_roots.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "agent/store/layout.h"
#include "agent/store/layouts/probe.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string FromEnvironment(const char* name, const std::string& otherwise, bool use_environment) {
  const char* value = use_environment ? std::getenv(name) : nullptr;
  return value != nullptr && *value == '/' ? value : otherwise;
}

absl::StatusOr<std::string> Resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), std::free);
  if (!resolved) return FromErrno(errno, "cannot resolve " + ToUtf8(path));
  return std::string(resolved.get());
}

bool Is(const Directory& directory, const std::string& relative) { return directory.Open(relative).ok(); }

Root MakeRoot(RootKind kind, const std::string& path, const Directory& directory) {
  Root root;
  root.kind = kind;
  root.path = path;
  root.name =
      LastComponent(kind == RootKind::kGuide && LastComponent(path) == "dgmo" ? path.substr(0, path.size() - 5) : path);
  const absl::StatusOr<FileStat> stat = directory.Stat(".");
  if (stat.ok()) root.owner = stat->uid;
  return root;
}

// Every project of an app directory, or every workspace's root of a workspaceStorage.
absl::StatusOr<std::vector<Root>> RootsBelow(const std::string& path, const Directory& directory) {
  std::vector<Root> roots;
  std::map<std::string, Unreadable> unreadable;
  for (const std::string& name : SubdirectoriesOf(path + "/project", unreadable)) {
    const absl::StatusOr<Directory> project = directory.Open("project/" + name);
    if (!project.ok()) return Annotate(project.status(), "cannot look into " + ToUtf8(path));
    if (kProgramLayout.is_root(*project))
      roots.push_back(MakeRoot(RootKind::kProgram, path + "/project/" + name, *project));
  }
  if (!unreadable.empty())
    return FromErrno(unreadable.begin()->second.error, "cannot list " + ToUtf8(unreadable.begin()->first));
  return roots;
}

// The roots of every layout below one data home.
void AddRootsIn(const std::string& data_home, std::map<std::string, Unreadable>& unreadable,
                absl::FunctionRef<void(Root)> add) {
  for (const Layout* layout : {&kProgramLayout, &kGuideLayout, &kForeignLayout}) {
    for (Root& root : layout->find(data_home, unreadable)) add(std::move(root));
  }
}

bool BelongsTo(const Home& home, const std::string& directory) {
  struct stat found {};
  return stat(directory.c_str(), &found) == 0 && found.st_uid == home.owner;
}

}  // namespace

absl::StatusOr<Home> HomeAt(const std::string& path, bool use_environment) {
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(path));
  ASSIGN_OR_RETURN(const FileStat stat, directory.Stat("."));
  Home home;
  ASSIGN_OR_RETURN(home.path, Resolve(path));
  home.owner = stat.uid;
  home.data_home = FromEnvironment("XDG_DATA_HOME", home.path + "/.local/share", use_environment);
  home.config_home = FromEnvironment("XDG_CONFIG_HOME", home.path + "/.config", use_environment);
  home.state_home = FromEnvironment("XDG_STATE_HOME", home.path + "/.local/state", use_environment);
  const char* data_path = use_environment ? std::getenv("OPENCODE_DATA_PATH") : nullptr;
  if (data_path != nullptr && *data_path != '\0') home.data_paths.push_back({data_path, 0});
  return home;
}

std::vector<Root> FindRoots(const Home& home, std::map<std::string, Unreadable>& unreadable) {
  std::vector<Root> roots;
  const auto add = [&](Root root) {
    const bool known = std::any_of(roots.begin(), roots.end(), [&](const Root& r) { return r.path == root.path; });
    if (!known) roots.push_back(std::move(root));
  };
  AddRootsIn(home.data_home, unreadable, add);
  for (const NamedPlace& place : home.more_data_homes) {
    if (!BelongsTo(home, place.path)) continue;
    AddRootsIn(place.path, unreadable, [&](Root root) {
      if (root.owner == home.owner) add(std::move(root));
    });
  }
  for (const NamedPlace& place : home.data_paths) {
    const absl::StatusOr<std::vector<Root>> named = ResolveRoot(place.path);
    if (!named.ok()) continue;  // said by a rule of its own
    for (const Root& root : *named) {
      if (place.pid == 0 || root.owner == home.owner) add(root);
    }
  }
  return roots;
}

absl::StatusOr<std::vector<Root>> ResolveRoot(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string resolved, Resolve(path));
  ASSIGN_OR_RETURN(const Directory directory, Directory::OpenRoot(resolved));
  // A storage directory itself: its root is the folder around it.
  if (LastComponent(resolved) == "storage" && Is(directory, "session") && !directory.Stat("migration").ok()) {
    return ResolveRoot(resolved.substr(0, resolved.size() - 8));
  }
  for (const Layout* layout : AllLayouts()) {
    if (layout->is_root(directory)) return std::vector<Root>{MakeRoot(layout->kind, resolved, directory)};
  }
  if (Is(directory, "dgmo")) {
    const absl::StatusOr<Directory> workspace = directory.Open("dgmo");
    if (workspace.ok() && kGuideLayout.is_root(*workspace)) {
      return std::vector<Root>{MakeRoot(RootKind::kGuide, resolved + "/dgmo", *workspace)};
    }
  }
  if (Is(directory, "project")) {
    ASSIGN_OR_RETURN(std::vector<Root> roots, RootsBelow(resolved, directory));
    if (!roots.empty()) return roots;
  }
  return InvalidArgument("no data root at " + ToUtf8(path) +
                         ": expected storage/, sessions/, app.json or project/ in it; name a project directory such as "
                         "~/.local/share/dgmo/project/NAME, or the home with --home");
}

absl::StatusOr<bool> LeadsToRoot(const std::string& data_path, std::span<const Root> roots) {
  const absl::StatusOr<std::string> resolved = Resolve(data_path);
  if (resolved.ok()) {
    const bool known = std::any_of(roots.begin(), roots.end(), [&](const Root& root) {
      const std::string workspace = *resolved + "/dgmo";
      return root.path == *resolved || root.path == workspace || StartsWith(root.path, workspace + "/");
    });
    if (known) return true;
  }
  const absl::Status status = ResolveRoot(data_path).status();
  const int error = ErrnoOf(status);
  if (error != 0 && error != ENOENT && error != ENOTDIR && error != ELOOP && error != ENAMETOOLONG) return status;
  return status.ok();
}

}  // namespace fleet::agent
