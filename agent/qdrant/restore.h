#pragma once

#include "agent/qdrant/operation.h"

namespace fleet::agent {

// R-QDR-RECOVER: brings a collection back from a snapshot on this machine: the one that is named, or the newest that
// verifies. The collection as it is then is saved first, and nothing is deleted: the server replaces the points of a
// collection with the same vectors, and makes one that is missing. When the vectors of the snapshot have another name
// than the collection's, which are as the MCP server expects them, its points are added to the collection under that
// name; points that are in the collection only stay. A run that was ended is begun again by the next.
// Refusals: "no_snapshot", "snapshot_bad", "busy", "vectors_differ" (the collection has to be converted first),
// "unloaded_folder", and those of PlanRename about the snapshot.
struct RestoreOptions {
  std::string snapshot;  // a file; empty: the newest that verifies
  bool same_model = false;
};
absl::StatusOr<OperationReport> PlanQdrantRestore(const QdrantScene& scene, const RestoreOptions& options);
absl::StatusOr<OperationReport> RunQdrantRestore(const QdrantScene& scene, const RestoreOptions& options);

}  // namespace fleet::agent
