#pragma once

#include <absl/status/statusor.h>

#include <cstdint>

#include "agent/store/root.h"

namespace fleet::agent {

// What dgmo does when it lists the sessions of a root (catalogue: "How dgmo writes and reads"), done and timed.
struct ListingTime {
  double total_ms = 0;
  double slowest_ms = 0;  // of one info
  std::int64_t infos = 0;
};

// Walks the folders of session infos and reads each. Reads only; blocks on the disk; any thread.
absl::StatusOr<ListingTime> TimeListing(const Root& root);

}  // namespace fleet::agent
