#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/store/descriptor.h"

namespace fleet::agent {

// The right to change a root, held as long as the object lives and given up by the kernel when the process dies. The
// lock lies on the root's directory itself, so that agents with different state folders see each other; where the file
// system cannot do that, on a file in the state folder.
class RootLock {
 public:
  // Unavailable when another repair, undo or backup holds it. Does not wait.
  static absl::StatusOr<RootLock> Take(const std::string& root, const std::string& state);

 private:
  explicit RootLock(Descriptor held) : held_(std::move(held)) {}
  Descriptor held_;
};

}  // namespace fleet::agent
