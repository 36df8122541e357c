#pragma once

#include <absl/status/statusor.h>

#include "agent/qdrant/operation.h"
#include "agent/qdrant/operation_journal.h"

namespace fleet::agent {

// Carries a conversion of a collection from the step of its record to the end (revector.h says what it refuses). Blocks
// on the network and the disk.
absl::StatusOr<OperationReport> FinishRevector(const QdrantScene& scene, const OperationJournal& journal,
                                               OperationRecord record);

}  // namespace fleet::agent
