#pragma once

#include <functional>

#include "common/status.h"
#include "coordinator/core/fleet_state.h"
#include "coordinator/core/store.h"

namespace fleet::coordinator {

// All rows of the state that a store would keep, as changes to an empty one.
inline std::vector<Change> StoredRows(const FleetState& state) {
  std::vector<Change> rows;
  const auto add = [&rows]<class Row>(const Rows<Row>& table) {
    for (const auto& [key, row] : table) rows.push_back(RowChange<Row>{key, row});
  };
  add(state.agents());
  add(state.findings());
  add(state.incidents());
  add(state.timeline());
  add(state.notices());
  add(state.dispatches());
  add(state.commands());
  return rows;
}

// A store that survives its core, counts commits and fails when told.
class MemoryStore final : public Store {
 public:
  absl::StatusOr<std::vector<Change>> Load() override { return StoredRows(rows_); }
  absl::Status Commit(std::span<const Change> changes) override {
    ++tries;
    if (failing) return Internal("the disk is on fire");
    ++commits;
    if (on_commit) on_commit(changes);
    for (const Change& change : changes) {
      if (IsStored(change)) rows_.Apply(change);
    }
    return absl::OkStatus();
  }

  bool failing = false;
  int tries = 0;
  int commits = 0;
  std::function<void(std::span<const Change>)> on_commit;

 private:
  FleetState rows_;
};

}  // namespace fleet::coordinator
