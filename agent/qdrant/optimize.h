#pragma once

#include "agent/qdrant/operation.h"

namespace fleet::agent {

// R-QDR-OPTIMIZE: starts the optimisations that wait (a grey collection). Refusals: "missing", "status_red". Nothing
// to do for a collection that is optimised already or at it.
absl::StatusOr<OperationReport> PlanQdrantOptimize(const QdrantScene& scene);
// Waits up to a minute until they have begun.
absl::StatusOr<OperationReport> RunQdrantOptimize(const QdrantScene& scene);

// An index over one field of the payload, only on request.
absl::StatusOr<OperationReport> RunQdrantIndex(const QdrantScene& scene, const std::string& field,
                                               const std::string& type);

}  // namespace fleet::agent
