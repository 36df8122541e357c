#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/qdrant/operation.h"
#include "agent/qdrant/operation_journal.h"

namespace fleet::agent {

// A conversion of a collection as its record in the journal tells it. `data` holds "from" and "to" (names of the
// vector), "body" (of the new collection), "indexes", "aliases", "model_proven" and "points" from the beginning,
// "snapshot" from kSaved on, and "round" and "points" of the last copy from kSwitching on.

inline constexpr char kRevector[] = "revector";  // its kind

// Steps, each written before what follows it is begun.
inline constexpr char kPlanned[] = "planned";      // nothing was changed
inline constexpr char kSaved[] = "saved";          // the snapshot is here; the copy may be there, in any state
inline constexpr char kSwitching[] = "switching";  // the copy and the file have every point; the collection may be gone
inline constexpr char kDone[] = "done";
inline constexpr char kRolledBack[] = "rolled_back";

// Of the records that are not over, the one of this collection, with all that its step needs. DataLoss when that is
// not in it.
absl::StatusOr<std::optional<OperationRecord>> UnfinishedRevector(const QdrantScene& scene,
                                                                  std::vector<OperationRecord> records);

// The file that all points were saved in, by the round of copying; the last round's.
std::string PointsFile(const OperationJournal& journal, const OperationRecord& record, std::int64_t round);
std::string PointsFile(const OperationJournal& journal, const OperationRecord& record);

}  // namespace fleet::agent
