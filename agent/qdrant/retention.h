#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleet::agent {

// Which backups of one collection may go (catalogue: "Naming and retention"). Pure.

struct KeptSnapshot {
  std::string name = {};
  std::int64_t made_ms = 0;
  std::optional<bool> is_good = {};  // nullopt: not read; counts for nothing and never goes
  bool is_copy = false;              // made before a restore: kept as long, but it is no backup to count on
};

struct RetentionPolicy {
  std::int64_t keep_ms = std::int64_t{14} * 24 * 3'600'000;
  std::size_t keep_good = 3;
};

// Good ones that are older than the policy keeps, as long as enough good ones that are newer stay. Bad ones are kept
// aside for a person to look at. None at all when the newest run failed.
std::vector<std::string> SnapshotsToRemove(std::vector<KeptSnapshot> snapshots, std::int64_t now_ms,
                                           bool newest_run_failed, const RetentionPolicy& policy = {});

}  // namespace fleet::agent
