#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "agent/qdrant/operation.h"
#include "agent/qdrant/operation_journal.h"

namespace fleet::agent {

// Collections that the agent makes for itself: "<collection>__dr_<time>".
std::string TemporaryName(const std::string& collection, std::int64_t now_ms);
bool IsTemporary(std::string_view collection);

// Removes what an ended `verify` or `restore` has left: its collection was made from a snapshot that is kept. An
// operation of another kind stays. Blocks on the network.
absl::Status ClearLeftovers(const QdrantScene& scene, const OperationJournal& journal);

}  // namespace fleet::agent
