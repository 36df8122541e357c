#include "agent/probe/programs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "agent/store/directory.h"

namespace fleet::agent {

namespace {

// Below the home.
constexpr const char* kOwnFolders[] = {"/.dgmo/bin",
                                       "/.opencode/bin",
                                       "/.local/bin",
                                       "/.bun/bin",
                                       "/bin",
                                       "/.npm-global/bin",
                                       "/.npm/bin",
                                       "/.local/share/npm/bin",
                                       "/.local/share/pnpm",
                                       "/.yarn/bin",
                                       "/.config/yarn/global/node_modules/.bin",
                                       "/.volta/bin",
                                       "/.asdf/shims",
                                       "/.local/share/mise/shims",
                                       "/.cargo/bin",
                                       "/go/bin",
                                       "/.nix-profile/bin",
                                       "/.linuxbrew/bin"};
constexpr const char* kSharedFolders[] = {"/usr/local/bin", "/usr/bin",  "/bin",
                                          "/opt/bin",       "/snap/bin", "/home/linuxbrew/.linuxbrew/bin"};
constexpr std::int64_t kMostNpmrc = 64 << 10;

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.rfind(folder + "/", 0) == 0 || path == folder;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void AddPath(const Home& home, std::vector<std::string>& folders) {
  const std::string own = Environment("HOME");
  const std::string path = Environment("PATH");
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = path.substr(at, end - at);
    const bool of_another = !own.empty() && own != "/" && IsBelow(folder, own) && !IsBelow(folder, home.path);
    if (!folder.empty() && folder[0] == '/' && !of_another) folders.push_back(folder);
    at = end + 1;
  }
}

// The folder npm installs into, when the user has chosen one. The file also holds tokens: nothing else of it is kept.
void AddNpmPrefix(const Home& home, std::vector<std::string>& folders) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(home.path);
  PaddedText bytes;
  FileStat stat;
  if (!directory.ok() || !directory->Read(".npmrc", kMostNpmrc, bytes, stat).ok()) return;
  const std::string_view text = bytes.view();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line(text.substr(at, end - at));
    at = end + 1;
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"'; });
    if (line.rfind("prefix=", 0) != 0) continue;
    std::string prefix = line.substr(7);
    for (const std::string short_home : {"~", "${HOME}", "$HOME"}) {
      if (prefix.rfind(short_home, 0) == 0) prefix = home.path + prefix.substr(short_home.size());
    }
    if (!prefix.empty() && prefix[0] == '/') folders.push_back(prefix + "/bin");
  }
}

// nvm keeps one folder a version of node.
void AddNodeVersions(const Home& home, std::vector<std::string>& folders) {
  const std::string versions = home.path + "/.nvm/versions/node";
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(versions);
  if (!directory.ok()) return;
  std::vector<std::string> names;
  const absl::Status listed = directory->List([&](const std::string& name, EntryType) { names.push_back(name); });
  if (!listed.ok()) return;
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) folders.push_back(versions + "/" + name + "/bin");
}

}  // namespace

std::vector<std::string> ProgramFolders(const Home& home) {
  std::vector<std::string> folders;
  for (const char* folder : kOwnFolders) folders.push_back(home.path + folder);
  AddNpmPrefix(home, folders);
  AddNodeVersions(home, folders);
  AddPath(home, folders);
  for (const char* folder : kSharedFolders) folders.emplace_back(folder);
  return folders;
}

FoundProgram FindProgram(const Home& home, std::string_view name) {
  FoundProgram found;
  for (const std::string& folder : ProgramFolders(home)) {
    const std::string path = folder + "/" + std::string(name);
    struct stat st;
    if (stat(path.c_str(), &st) == 0) {
      if (S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0) return {path, true};
    } else if (errno == EACCES) {
      found.looked_everywhere = false;
    }
  }
  return found;
}

}  // namespace fleet::agent
