#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"

namespace fleet::agent {

// What dgmo needs of a file system, tried in one folder: make a folder, write a file, make it durable, put another in
// its place, read it back, remove both.
struct StorageTrial {
  struct Step {
    std::string name;  // "write", "fsync", "rename", ...
    std::int64_t microseconds = 0;
  };
  std::string folder;
  std::vector<Step> steps;  // that succeeded, in order
  std::string failed;       // the step that did not; empty: all did
  absl::Status why;
};

// Works in the sub-folder ".dgmo-agent-probe" of `folder`, which dgmo never looks at, and leaves nothing behind; what a
// killed trial left there is removed first. Never follows a link. Blocks on the disk; any one thread.
StorageTrial TryStorage(const std::string& folder, const Clock& clock);

}  // namespace fleet::agent
