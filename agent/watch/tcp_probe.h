#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <string>

namespace fleet::agent {

// Whether something accepts connections at HOST:PORT; the host is an address or a name. InvalidArgument when it is not
// written so. Blocks for at most the limit, and for the resolver.
absl::StatusOr<bool> Listens(const std::string& host_and_port, std::chrono::milliseconds limit);

}  // namespace fleet::agent
