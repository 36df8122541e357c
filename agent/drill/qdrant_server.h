#pragma once

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "agent/drill/sandbox.h"
#include "agent/qdrant/home_scene.h"

namespace fleet::agent {

// A Qdrant server of a drill's own: this machine's `qdrant` program, with its storage in the sandbox and on ports of
// loopback that nobody else has. It ends with the object. One thread.
class QdrantServer {
 public:
  // NotFound when there is no such program here, as when the machine's server runs in a container. Waits until the
  // server answers, half a minute at most. The sandbox outlives it.
  static absl::StatusOr<std::unique_ptr<QdrantServer>> Start(const Sandbox& sandbox);
  ~QdrantServer();

  // What operations on one of its collections work with: as the sandbox's home would use it. The server outlives it.
  absl::StatusOr<std::unique_ptr<HomeScene>> Scene(const std::string& collection) const;

 private:
  QdrantServer(const Sandbox& sandbox, pid_t pid, std::uint16_t port);
  absl::Status AwaitReady() const;

  const Sandbox& sandbox_;
  const pid_t pid_;
  CheckSettings settings_;
};

}  // namespace fleet::agent
