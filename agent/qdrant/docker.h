#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The Docker Engine (or what speaks its language, such as Podman) over its socket on this machine.

struct Container {
  std::string id = {};
  std::string name = {};   // without the slash
  std::string state = {};  // "running", "exited", ...
  bool publishes_port = false;
};

// The containers in an answer to GET /containers/json, with whether they publish the port. DataLoss when it is none.
absl::StatusOr<std::vector<Container>> ParseContainers(std::string_view json, std::uint16_t port);

// The one that holds the server: the only one that publishes its port, else the only one called qdrant*. nullopt: none.
// Refuse("container_ambiguous") when several could. Pure.
absl::StatusOr<std::optional<Container>> ChooseContainer(const std::vector<Container>& containers);

class DockerEngine {
 public:
  explicit DockerEngine(std::string socket) : socket_(std::move(socket)) {}

  // The socket that $DOCKER_HOST names, else the usual one. Empty: it names no socket of this machine.
  static std::string SocketOf(const char* docker_host);

  absl::StatusOr<std::vector<Container>> Containers(std::uint16_t port) const;
  // Waits until it has been stopped and started.
  absl::Status Restart(const Container& container) const;

 private:
  const std::string socket_;
};

}  // namespace fleet::agent
