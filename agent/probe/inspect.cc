#include "agent/probe/inspect.h"

#include <unistd.h>

#include <cerrno>
#include <thread>

#include "agent/checks/check.h"
#include "agent/probe/access_probe.h"
#include "agent/probe/environment.h"
#include "agent/probe/liveness.h"
#include "agent/probe/programs.h"
#include "agent/store/find_roots.h"
#include "agent/store/scan.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kBetweenReads{2000};

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

absl::Status AddRoot(const Root& root, ScanDepth depth, HomeModel& home, bool is_explicit) {
  if (root.kind == RootKind::kForeign) {
    home.foreign.push_back(root);
    return absl::OkStatus();
  }
  absl::StatusOr<RootModel> model = ScanRoot(root, depth);
  if (!model.ok()) {
    if (is_explicit) return model.status();
    home.unreadable[root.path] = {ErrnoOf(model.status()), true};
    return absl::OkStatus();
  }
  home.roots.push_back(*std::move(model));
  return absl::OkStatus();
}

void JudgeDataPaths(std::span<const Root> roots, HomeModel& home) {
  for (const NamedPlace& place : home.home.data_paths) {
    const absl::StatusOr<bool> leads = LeadsToRoot(place.path, roots);
    if (!leads.ok()) {
      home.unknown.push_back(place.path);
    } else if (!*leads) {
      home.lost_data_paths.push_back(place);
    }
  }
}

// dgmo deletes a session's info before its messages: read in between, the messages seem to have lost it.
void ForgetRemovedConversations(RootModel& root) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(root.root.path);
  if (!directory.ok()) return;
  std::vector<std::string> removed;
  for (const auto& [id, conversation] : root.conversations) {
    if (root.HasInfoFile(id) || ErrnoOf(directory->Stat(conversation.path).status()) != ENOENT) continue;
    removed.push_back(id);
  }
  for (const std::string& id : removed) {
    const std::string below = root.conversations.at(id).path + "/";
    const auto is_below = [&](const auto& entry) { return entry.first.rfind(below, 0) == 0; };
    std::erase_if(root.damaged, is_below);
    std::erase_if(root.strays, is_below);
    std::erase_if(root.unreadable, is_below);
    root.conversations.erase(id);
  }
}

// What looks damaged while dgmo writes is looked at twice more before it counts.
void SettleLiveRoots(HomeModel& home, absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  if (home.roots.empty()) return;
  const std::vector<DgmoProcess> processes = DgmoProcesses();
  for (RootModel& root : home.roots) {
    root.live = IsLive(root.root, processes);
    for (int reading = 0; root.live && reading < 2; ++reading) {
      const std::vector<std::string> suspicious = SuspiciousPaths(root);
      if (suspicious.empty()) break;
      pause(kBetweenReads);
      const absl::Status read = ReadAgain(root, suspicious);
      if (!read.ok()) root.unreadable[""] = {ErrnoOf(read), true};
      ForgetRemovedConversations(root);
    }
  }
}

}  // namespace

absl::StatusOr<HomeModel> Inspect(const Target& target, absl::FunctionRef<void(std::chrono::milliseconds)> pause,
                                  ScanDepth depth) {
  HomeModel home;
  home.home = target.explicit_roots.empty() ? WithEnvironmentOfProcesses(target.home) : target.home;
  if (!target.explicit_roots.empty()) {
    for (const Root& root : target.explicit_roots) RETURN_IF_ERROR(AddRoot(root, depth, home, true));
  } else {
    const std::vector<Root> roots = FindRoots(home.home, home.unreadable);
    for (const Root& root : roots) RETURN_IF_ERROR(AddRoot(root, depth, home, false));
    InspectSurroundings(roots, home);
  }
  SettleLiveRoots(home, pause);
  ProbeAccess(home);
  return home;
}

void InspectSurroundings(std::span<const Root> roots, HomeModel& home) {
  home.lost_data_paths.clear();
  JudgeDataPaths(roots, home);
  home.has_config = false;
  for (const char* app : {"/dgmo", "/opencode"}) {
    home.has_config = home.has_config || Exists(home.home.config_home + app + "/config.json");
  }
  home.dgmo_installed = !FindProgram(home.home, "dgmo").path.empty();
  home.has_backup = Exists(home.home.path + "/backups/sessions");
}

void SleepFor(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }

}  // namespace fleet::agent
