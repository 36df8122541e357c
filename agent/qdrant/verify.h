#pragma once

#include "agent/qdrant/operation.h"
#include "agent/qdrant/snapshot_store.h"

namespace fleet::agent {

// Snapshots on this machine: read through to the end and compared with their manifests; `deep` also restores each into
// a collection of its own on the server, counts, and removes it again.
struct SnapshotVerification {
  StoredSnapshot stored;
  bool was_restored = false;
  std::optional<std::int64_t> restored_points;
};
absl::StatusOr<SnapshotVerification> VerifySnapshotFile(const QdrantScene* scene, const std::string& path, bool deep);

}  // namespace fleet::agent
