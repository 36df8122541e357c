#pragma once

#include "agent/qdrant/operation.h"

namespace fleet::agent {

// R-QDR-CREATE: an empty collection with the configuration that the MCP server expects, only where there is none.
// Refusals: "exists", "unloaded_folder" (the server's storage holds files that creating would remove), "backup_exists"
// (restore it instead) unless `although_backup`.
absl::StatusOr<OperationReport> PlanQdrantCreate(const QdrantScene& scene, bool although_backup);
absl::StatusOr<OperationReport> RunQdrantCreate(const QdrantScene& scene, bool although_backup);

}  // namespace fleet::agent
