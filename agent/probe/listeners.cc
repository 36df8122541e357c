#include "agent/probe/listeners.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include "agent/probe/proc_file.h"
#include "agent/probe/proc_text.h"
#include "agent/probe/processes.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// Programs that usually listen there: looked at first, since most processes have many files open.
bool IsLikely(int pid) {
  static constexpr std::string_view kLikely[] = {"qdrant", "dgmo", "opencode", "bun", "node", "docker-proxy"};
  const std::string name = ReadProcFile("/proc/" + std::to_string(pid) + "/comm", 64).value_or("");
  return std::any_of(std::begin(kLikely), std::end(kLikely),
                     [&](std::string_view likely) { return name.compare(0, likely.size(), likely) == 0; });
}

void AddOwners(std::vector<Listener>& listeners) {
  std::map<std::string, std::vector<Listener*>> unowned;
  for (Listener& listener : listeners) unowned[SocketName(listener.inode)].push_back(&listener);
  std::vector<int> pids = AllProcesses();
  std::stable_partition(pids.begin(), pids.end(), IsLikely);
  for (const int pid : pids) {
    if (unowned.empty()) return;
    for (const std::string& file : OpenFiles(pid)) {
      const auto found = unowned.find(file);
      if (found == unowned.end()) continue;
      const std::optional<ProcessInfo> owner = LookAtProcess(pid);
      if (!owner) break;
      for (Listener* listener : found->second) listener->owner = *owner;
      unowned.erase(found);
    }
  }
}

// Line by line: on a busy machine the table has many.
absl::Status ReadTable(const std::string& path, IpFamily family, const std::set<std::uint16_t>& ports,
                       std::vector<Listener>& listeners) {
  errno = 0;
  std::ifstream table(path);
  if (!table) return FromErrno(errno == 0 ? EIO : errno, "cannot read " + path);
  std::string line;
  std::getline(table, line);  // headings
  while (std::getline(table, line)) {
    const std::optional<SocketLine> socket = ParseSocketLine(line, family);
    if (socket && socket->listens && ports.count(socket->listener.port) > 0) listeners.push_back(socket->listener);
  }
  return absl::OkStatus();
}

}  // namespace

std::string SocketName(std::uint64_t inode) { return "socket:[" + std::to_string(inode) + "]"; }

absl::StatusOr<std::vector<Listener>> ListeningSockets(std::span<const std::uint16_t> ports) {
  const std::set<std::uint16_t> wanted(ports.begin(), ports.end());
  std::vector<Listener> listeners;
  RETURN_IF_ERROR(ReadTable("/proc/self/net/tcp", IpFamily::kIpv4, wanted, listeners));
  // A machine without IPv6 has no such table.
  const absl::Status ipv6 = ReadTable("/proc/self/net/tcp6", IpFamily::kIpv6, wanted, listeners);
  if (!ipv6.ok() && ErrnoOf(ipv6) != ENOENT) return ipv6;
  return listeners;
}

absl::StatusOr<std::vector<Listener>> ListenersOn(std::span<const std::uint16_t> ports) {
  ASSIGN_OR_RETURN(std::vector<Listener> listeners, ListeningSockets(ports));
  if (!listeners.empty()) AddOwners(listeners);
  return listeners;
}

absl::StatusOr<std::vector<Listener>> ListenersOn(std::uint16_t port) {
  return ListenersOn(std::span<const std::uint16_t>(&port, 1));
}

}  // namespace fleet::agent
