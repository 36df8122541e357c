#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/checks/facts/network_facts.h"

namespace fleet::agent {

// The TCP sockets that listen on one of these ports in the agent's own network namespace, IPv4 and IPv6, with their
// owners. An error: the kernel's table cannot be read, so that it is not known whether anybody listens. No listener
// does not mean that nobody answers: Docker may forward a port without one. Reads /proc; any thread.
absl::StatusOr<std::vector<Listener>> ListenersOn(std::span<const std::uint16_t> ports);
absl::StatusOr<std::vector<Listener>> ListenersOn(std::uint16_t port);

// The same without their owners, who cost a look at every process.
absl::StatusOr<std::vector<Listener>> ListeningSockets(std::span<const std::uint16_t> ports);

// The kernel's name for a socket, as a process's open files have it.
std::string SocketName(std::uint64_t inode);

}  // namespace fleet::agent
