#pragma once

#include <absl/status/statusor.h>

#include "agent/drill/drill.h"

namespace fleet::agent {

// The drills of the catalogue, by the disaster they belong to, one file each.
absl::StatusOr<DrillResult> DrillSessionRecovery(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillIndexRecovery(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillQdrantRecovery(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillVectorMismatch(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillPartialCorruption(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillPowerCut(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillRollback(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillCrash(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillLiveWriter(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillPermissions(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillMigration(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillDiskFull(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillPerformance(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillAccidentalDeletion(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillPathSplit(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillPlatform(Sandbox& sandbox);
absl::StatusOr<DrillResult> DrillIdWrap(Sandbox& sandbox);

}  // namespace fleet::agent
