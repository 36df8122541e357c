#include "agent/qdrant/retention.h"

#include <algorithm>

namespace fleet::agent {

std::vector<std::string> SnapshotsToRemove(std::vector<KeptSnapshot> snapshots, std::int64_t now_ms,
                                           bool newest_run_failed, const RetentionPolicy& policy) {
  std::vector<std::string> removed;
  if (newest_run_failed) return removed;
  std::sort(snapshots.begin(), snapshots.end(),
            [](const KeptSnapshot& a, const KeptSnapshot& b) { return a.made_ms > b.made_ms; });
  std::size_t good = 0;
  for (const KeptSnapshot& snapshot : snapshots) {
    if (snapshot.is_good != true) continue;
    const bool is_old = now_ms - snapshot.made_ms > policy.keep_ms;
    if (is_old && good >= policy.keep_good) {
      removed.push_back(snapshot.name);
    } else if (!snapshot.is_copy) {
      ++good;
    }
  }
  return removed;
}

}  // namespace fleet::agent
