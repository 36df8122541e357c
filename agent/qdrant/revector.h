#pragma once

#include "agent/qdrant/operation.h"

namespace fleet::agent {

// R-QDR-REVECTOR: gives the vectors of a collection the name that the MCP server expects. All points are saved in a
// snapshot and in a file, copied into a collection of another name and compared there before the collection is
// replaced; every step is in a journal, so that a run that was ended at any instant is finished by the next. Once the
// collection was removed the only way is forward: all its points are in the file, in the copy and in the snapshot.
// Refusals: those of PlanRename, "busy", "no_space", "missing", "writers_active" (points came while they were copied,
// again and again), "points_vanished", "other_temporary" (another agent's copy is there), "collection_changed".
struct RevectorOptions {
  bool same_model = false;  // a person says that the home's model made the vectors
};
absl::StatusOr<OperationReport> PlanRevector(const QdrantScene& scene, const RevectorOptions& options);
absl::StatusOr<OperationReport> RunRevector(const QdrantScene& scene, const RevectorOptions& options);

// Takes an unfinished one back as long as the collection is still the old one: its copy is removed.
absl::StatusOr<OperationReport> RollBackRevector(const QdrantScene& scene);

}  // namespace fleet::agent
