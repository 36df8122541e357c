#include "agent/probe/liveness.h"

#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/probe/listeners.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/processes.h"

namespace fleet::agent {

namespace {

bool WorksOn(const DgmoProcess& process, const Root& root) {
  const std::string& directory = process.working_directory;
  if (process.serves || directory.empty()) return true;  // it may be on any
  if (root.kind == RootKind::kProgram && (root.name == "unified" || SlugOfWorkingDirectory(directory) == root.name)) {
    return true;
  }
  if (root.kind == RootKind::kGuide && (directory + "/").rfind(root.path.substr(0, root.path.rfind('/') + 1), 0) == 0) {
    return true;
  }
  const std::string prefix = root.path + "/";
  return std::any_of(process.open_files.begin(), process.open_files.end(),
                     [&](const std::string& file) { return file.rfind(prefix, 0) == 0; });
}

void MarkThoseThatServe(std::vector<DgmoProcess>& processes) {
  const absl::StatusOr<std::vector<Listener>> sockets = ListeningSockets(kDgmoPorts);
  if (!sockets.ok()) return;  // their directories and files still tell
  for (const Listener& socket : *sockets) {
    for (DgmoProcess& process : processes) {
      const std::vector<std::string>& files = process.open_files;
      if (std::find(files.begin(), files.end(), SocketName(socket.inode)) != files.end()) process.serves = true;
    }
  }
}

// What its environment says of HOME; without one it goes by the user's entry in the password file.
std::string HomeOfProcess(const DgmoProcess& process) {
  std::ifstream environment("/proc/" + std::to_string(process.pid) + "/environ", std::ios::binary);
  std::string variable;
  while (std::getline(environment, variable, '\0')) {
    if (variable.rfind("HOME=", 0) == 0) return variable.substr(5);
  }
  const passwd* entry = getpwuid(process.uid);
  return entry == nullptr ? "" : entry->pw_dir;
}

// One user may have several homes: on a machine with containers, or in a test.
bool IsAtHome(const DgmoProcess& process, const Home& home) {
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::canonical(HomeOfProcess(process), error);
  return process.uid == home.owner && !error && resolved == home.path;
}

}  // namespace

std::vector<DgmoProcess> DgmoProcesses() {
  static constexpr std::string_view kName[] = {"dgmo"};
  std::vector<DgmoProcess> processes;
  for (const ProcessInfo& process : ProcessesNamed(kName)) {
    if (!process.runs_dgmo) continue;
    processes.push_back(
        {process.pid, process.uid, ReadLink("/proc/" + std::to_string(process.pid) + "/cwd"), OpenFiles(process.pid)});
  }
  if (!processes.empty()) MarkThoseThatServe(processes);
  return processes;
}

bool IsLive(const Root& root, std::span<const DgmoProcess> processes) {
  // dgmo reads its configuration when it starts and not again.
  if (root.kind == RootKind::kHome) return false;
  return std::any_of(processes.begin(), processes.end(),
                     [&](const DgmoProcess& process) { return process.uid == root.owner && WorksOn(process, root); });
}

bool IsLive(const Root& root) { return IsLive(root, DgmoProcesses()); }

std::vector<std::string> DirectoriesOfDgmo(const Home& home) {
  std::vector<std::string> directories;
  for (DgmoProcess& process : DgmoProcesses()) {
    if (IsAtHome(process, home) && !process.working_directory.empty()) {
      directories.push_back(std::move(process.working_directory));
    }
  }
  return directories;
}

std::string SlugOf(std::string_view git_root) {
  while (!git_root.empty() && git_root.front() == '/') git_root.remove_prefix(1);
  std::string slug;
  bool after_slash = false;
  for (const char c : git_root) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xC0) continue;  // the rest of a character already replaced
    if (c == '/') {
      if (!after_slash) slug += '-';
      after_slash = true;
      continue;
    }
    after_slash = false;
    const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    // dgmo replaces UTF-16 units: a character beyond the basic plane gives two.
    slug.append(kept ? 1 : byte >= 0xF0 ? 2 : 1, kept ? c : '-');
  }
  return slug;
}

std::string GitRootOf(const std::string& directory) {
  for (std::string at = directory; !at.empty(); at = at.substr(0, at.rfind('/'))) {
    struct stat st;
    if (lstat((at + "/.git").c_str(), &st) == 0) return at;
  }
  return "";
}

std::string SlugOfWorkingDirectory(const std::string& directory) {
  const std::string root = GitRootOf(directory);
  return root.empty() ? "global" : SlugOf(root);
}

}  // namespace fleet::agent
