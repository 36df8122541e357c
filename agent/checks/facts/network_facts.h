#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/facts/process_facts.h"

namespace fleet::agent {

inline constexpr std::uint16_t kQdrantPort = 6333;
inline constexpr std::uint16_t kDgmoPorts[] = {5747, 4096};

enum class IpFamily : std::uint8_t { kIpv4, kIpv6 };

// A TCP socket that waits for connections on this machine.
struct Listener {
  enum class Address : std::uint8_t { kLoopback, kAny, kOther };

  std::uint16_t port = 0;
  IpFamily family = IpFamily::kIpv4;
  Address address = Address::kLoopback;  // kAny of kIpv6 takes IPv4 as well, as a rule
  std::uint32_t uid = 0;                 // whose the socket is
  std::uint64_t inode = 0;               // of the socket
  std::uint32_t waiting = 0;             // connections that the program has not taken yet
  ProcessInfo owner;                     // pid 0: this agent may not see whose it is
};

// What "localhost" means here.
struct LocalhostNames {
  bool ipv4_loopback = false;  // 127.0.0.0/8
  bool ipv6_loopback = false;  // ::1
  bool elsewhere = false;      // some other address
  bool in_hosts_file = false;
};

// What came of connecting to a listener over loopback.
enum class ConnectOutcome : std::uint8_t { kConnected, kRefused, kTimedOut, kFailed };
struct LoopbackConnect {
  Listener listener;  // as it was after the attempt
  ConnectOutcome outcome = ConnectOutcome::kConnected;
  bool answers_as_qdrant = false;  // asked on Qdrant's port only
};

// Who listens on the ports that dgmo and Qdrant use, and what localhost resolves to.
struct NetworkFacts {
  std::vector<Listener> listeners;
  std::optional<LocalhostNames> localhost;  // nullopt: the resolver gave no answer in time
  std::vector<LoopbackConnect> connects;    // one a listener that loopback reaches
};

}  // namespace fleet::agent
