#pragma once

#include "agent/qdrant/operation.h"

namespace fleet::agent {

// Saves what can still be read of a collection as lines of JSON, one point each. A server that answers only partly is
// asked for less at a time, then for one point without its vector, then for its id alone, until it goes on; what could
// not be had is named in the report ("without_vector", "without_payload": their ids) and makes it incomplete.
struct ExportRun {
  OperationReport report;
  bool is_complete = true;
};
absl::StatusOr<ExportRun> ExportPoints(const QdrantScene& scene, const std::string& path);

}  // namespace fleet::agent
