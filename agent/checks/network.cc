#include <algorithm>
#include <set>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

std::string BaseNameOf(const ProcessInfo& process) {
  return process.exe.empty() ? process.name : process.exe.substr(process.exe.rfind('/') + 1);
}

bool IsDgmoPort(std::uint16_t port) {
  return std::find(std::begin(kDgmoPorts), std::end(kDgmoPorts), port) != std::end(kDgmoPorts);
}

bool IsExpected(const Listener& listener, const CheckSettings& settings) {
  const std::string name = BaseNameOf(listener.owner);
  if (!IsDgmoPort(listener.port)) {
    return std::find(settings.qdrant_programs.begin(), settings.qdrant_programs.end(), name) !=
           settings.qdrant_programs.end();
  }
  static constexpr std::string_view kDgmo[] = {"dgmo", "opencode", "bun", "node"};
  return listener.owner.runs_dgmo || std::find(std::begin(kDgmo), std::end(kDgmo), name) != std::end(kDgmo);
}

bool AnswersAsQdrant(const NetworkFacts& network, const Listener& listener) {
  return std::any_of(network.connects.begin(), network.connects.end(), [&](const LoopbackConnect& attempt) {
    return attempt.listener.inode == listener.inode && attempt.answers_as_qdrant;
  });
}

std::string AddressOf(const Listener& listener) {
  return (listener.family == IpFamily::kIpv4 ? "127.0.0.1:" : "[::1]:") + std::to_string(listener.port);
}

Finding Draft(std::string_view code, const Listener& listener) {
  const std::string port = std::to_string(listener.port);
  Finding finding = DraftFinding(code, "", "/", "port " + port, {AddressOf(listener)});
  finding.evidence["port"] = std::int64_t{listener.port};
  finding.evidence["uid"] = std::int64_t{listener.uid};
  if (listener.owner.pid != 0) {
    finding.evidence["pid"] = std::int64_t{listener.owner.pid};
    finding.evidence["program"] = BaseNameOf(listener.owner);
    if (!listener.owner.exe.empty()) finding.evidence["exe"] = listener.owner.exe;
  }
  return finding;
}

// Of a listener whose owner may not be seen nothing is said. One finding a port, however many sockets its program has.
void CheckPorts(const NetworkFacts& network, const CheckSettings& settings, std::vector<Finding>& findings) {
  std::set<std::uint16_t> told;
  for (const Listener& listener : network.listeners) {
    if (listener.owner.pid == 0 || IsExpected(listener, settings)) continue;
    if (AnswersAsQdrant(network, listener) || !told.insert(listener.port).second) continue;
    Finding finding = Draft("PORT_CONFLICT", listener);
    if (IsDgmoPort(listener.port)) finding.severity = Severity::kP3;
    findings.push_back(std::move(finding));
  }
}

bool ListensOnIpv4Only(const NetworkFacts& network, std::uint16_t port) {
  bool ipv4 = false;
  for (const Listener& listener : network.listeners) {
    if (listener.port != port) continue;
    if (listener.family == IpFamily::kIpv6) return false;
    ipv4 = true;
  }
  return ipv4;
}

void CheckLocalhost(const NetworkFacts& network, std::vector<Finding>& findings) {
  if (!network.localhost) return;
  const LocalhostNames& names = *network.localhost;
  const bool nowhere = !names.ipv4_loopback && !names.ipv6_loopback;
  const bool past_qdrant = !names.ipv4_loopback && ListensOnIpv4Only(network, kQdrantPort);
  if (!nowhere && !past_qdrant) return;
  Finding finding = DraftFinding("DNS_LOCALHOST", "", "/", "localhost", {"/etc/hosts"});
  finding.evidence["resolves_to"] = std::string(names.ipv6_loopback ? "::1 only, and Qdrant listens on IPv4 only"
                                                : names.elsewhere   ? "an address that is not this machine's loopback"
                                                                    : "nothing");
  finding.evidence["in_hosts_file"] = std::int64_t{names.in_hosts_file ? 1 : 0};
  findings.push_back(std::move(finding));
}

// Connections that wait to be taken: the program hangs, nothing lies in the way.
void CheckFirewall(const NetworkFacts& network, std::vector<Finding>& findings) {
  std::set<std::uint16_t> told;
  for (const LoopbackConnect& attempt : network.connects) {
    if (attempt.outcome != ConnectOutcome::kTimedOut || attempt.listener.waiting > 0) continue;
    if (told.insert(attempt.listener.port).second) findings.push_back(Draft("FIREWALL_BLOCK", attempt.listener));
  }
}

}  // namespace

void CheckNetwork(const MachineView& machine, std::vector<Finding>& findings) {
  if (!machine.model.network) return;
  CheckPorts(*machine.model.network, machine.settings, findings);
  CheckLocalhost(*machine.model.network, findings);
  CheckFirewall(*machine.model.network, findings);
}

}  // namespace fleet::agent
