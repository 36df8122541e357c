#pragma once

#include "agent/qdrant/operation.h"
#include "agent/qdrant/snapshot_store.h"

namespace fleet::agent {

// Backups of collections: a snapshot each, brought here and verified. `all` means every collection of the server
// instead of the home's own.
absl::StatusOr<OperationReport> PlanQdrantBackup(const QdrantScene& scene, bool all);

// The report has an entry a collection; a collection that fails does not keep the others from being saved, and keeps
// its old backups. Old ones of the others go as the retention says.
struct QdrantBackupRun {
  OperationReport report;
  int failed = 0;
};
absl::StatusOr<QdrantBackupRun> RunQdrantBackup(const QdrantScene& scene, bool all);

}  // namespace fleet::agent
