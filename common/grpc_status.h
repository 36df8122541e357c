#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

namespace fleet {

// The codes are numerically equal in both libraries.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace fleet
