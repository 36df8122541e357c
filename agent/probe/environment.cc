#include "agent/probe/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "agent/probe/liveness.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kLargest = 1 << 20;  // of an environment

// "NAME=value", each followed by a NUL. Empty when it may not be read.
std::string EnvironmentOf(const std::string& process) {
  std::string text;
  const int fd = open((process + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char buffer[16 * 1024];
  for (ssize_t n = 0; text.size() < kLargest; text.append(buffer, static_cast<std::size_t>(n))) {
    n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) {
      n = 0;
    } else if (n <= 0) {
      break;
    }
  }
  close(fd);
  return text;
}

std::string ValueOf(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    const std::string_view entry = environment.substr(0, environment.find('\0'));
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.substr(0, name.size()) == name) {
      return std::string(entry.substr(name.size() + 1));
    }
    environment.remove_prefix(std::min(environment.size(), entry.size() + 1));
  }
  return "";
}

bool IsHome(const std::string& path, const Home& home) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), std::free);
  return resolved != nullptr && home.path == resolved.get();
}

void Add(std::vector<NamedPlace>& places, const std::string& path, std::int32_t pid) {
  const bool known =
      std::any_of(places.begin(), places.end(), [&](const NamedPlace& place) { return place.path == path; });
  if (!path.empty() && !known) places.push_back({path, pid});
}

}  // namespace

Home WithEnvironmentOfProcesses(Home home) {
  for (const DgmoProcess& process : DgmoProcesses()) {
    if (process.uid != home.owner) continue;
    const std::string environment = EnvironmentOf("/proc/" + std::to_string(process.pid));
    if (!IsHome(ValueOf(environment, "HOME"), home)) continue;
    const std::int32_t pid = process.pid;
    const std::string data_home = ValueOf(environment, "XDG_DATA_HOME");
    // A relative one is no place: it depends on where it is read.
    if (data_home != home.data_home && data_home.substr(0, 1) == "/") Add(home.more_data_homes, data_home, pid);
    const std::string data_path = ValueOf(environment, "OPENCODE_DATA_PATH");
    if (data_path.substr(0, 1) == "/") Add(home.data_paths, data_path, pid);
  }
  return home;
}

}  // namespace fleet::agent
