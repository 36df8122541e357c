#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/repair/plan.h"
#include "agent/store/root.h"

namespace fleet::agent {

struct MigrationRequest {
  Root root;
  std::string to;  // a folder that is not there yet
  bool apply = false;
  std::string state;  // the agent's own folder
};

struct Migration {
  std::string to;  // absolute
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> left_out;  // paths in the root: links, sockets and the like
  std::optional<Refusal> refusal;     // nothing was copied
  std::vector<std::string> advice;    // sentences: how dgmo is made to use the copy
};

// Copies a data root to another place (catalogue: "Repairs", R-MIGRATE): everything in it, logs too, with modes and
// times, read back and compared with the source, which stays as it is and in use. The copy gets its name last, so that
// it is there whole or not at all; what an interrupted run left is removed by the next one to the same place. An error
// means that there is no copy. Blocks on the disk.
absl::StatusOr<Migration> Migrate(const MigrationRequest& request);

}  // namespace fleet::agent
