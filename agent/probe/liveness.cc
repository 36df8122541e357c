#include "agent/probe/liveness.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <vector>

namespace fleet::agent {

namespace {

std::string ReadLink(const std::string& path) {
  char buffer[PATH_MAX];
  const ssize_t n = readlink(path.c_str(), buffer, sizeof buffer);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
}

std::vector<std::string> Names(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) return names;
  while (const dirent* entry = readdir(stream.get())) names.emplace_back(entry->d_name);
  return names;
}

std::vector<std::string> Arguments(const std::string& process) {
  std::vector<std::string> arguments;
  const int fd = open((process + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return arguments;
  char buffer[4096];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  close(fd);
  for (ssize_t at = 0; at < n && arguments.size() < 4;) {
    const char* begin = buffer + at;
    const char* end = std::find(begin, static_cast<const char*>(buffer + n), '\0');
    arguments.emplace_back(begin, static_cast<std::size_t>(end - begin));
    at = end - buffer + 1;
  }
  return arguments;
}

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool IsProgramName(const std::string& path) {
  const std::string name = BaseName(path);
  return name == "dgmo" || name == "opencode";
}

// dgmo itself, or a script engine that runs it.
bool IsDgmo(const std::string& process) {
  const std::string executable = ReadLink(process + "/exe");
  if (IsProgramName(executable)) return true;
  const std::vector<std::string> arguments = Arguments(process);
  if (!arguments.empty() && IsProgramName(arguments[0])) return true;
  const std::string engine = BaseName(executable);
  if (engine != "bun" && engine != "node") return false;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (IsProgramName(arguments[i]) || arguments[i].find("/dgmo/") != std::string::npos ||
        arguments[i].find("/opencode/") != std::string::npos) {
      return true;
    }
  }
  return false;
}

bool HasFileBelow(const std::string& process, const std::string& root) {
  const std::string prefix = root + "/";
  for (const std::string& fd : Names(process + "/fd")) {
    if (ReadLink(process + "/fd/" + fd).rfind(prefix, 0) == 0) return true;
  }
  return false;
}

bool WorksOn(const std::string& process, const Root& root) {
  if (root.kind == RootKind::kProgram) {
    if (root.name == "unified") return true;
    const std::string directory = ReadLink(process + "/cwd");
    if (!directory.empty() && SlugOfWorkingDirectory(directory) == root.name) return true;
  }
  return HasFileBelow(process, root.path);
}

}  // namespace

bool IsLive(const Root& root) {
  for (const std::string& name : Names("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string process = "/proc/" + name;
    struct stat st;
    if (stat(process.c_str(), &st) != 0 || st.st_uid != root.owner) continue;
    if (IsDgmo(process) && WorksOn(process, root)) return true;
  }
  return false;
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

std::string SlugOfWorkingDirectory(const std::string& directory) {
  for (std::string at = directory; !at.empty(); at = at.substr(0, at.rfind('/'))) {
    struct stat st;
    if (lstat((at + "/.git").c_str(), &st) == 0) return SlugOf(at);
  }
  return "global";
}

}  // namespace fleet::agent
