#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <span>
#include <vector>

#include "coordinator/core/change.h"

namespace fleet::coordinator {

// Where the rows survive. Called from the core strand only; may block on the disk or the database.
class Store {
 public:
  virtual ~Store() = default;

  // Every row, as changes to an empty FleetState, in an order that it takes.
  virtual absl::StatusOr<std::vector<Change>> Load() = 0;

  // All or nothing, and durable when it returns OK. The changes are taken in order; those that are not stored
  // (IsStored) are skipped. After an error nothing of them is in the store, and the same call may be made again.
  virtual absl::Status Commit(std::span<const Change> changes) = 0;
};

}  // namespace fleet::coordinator
