#include <algorithm>

#include "agent/drill/scenarios/scenarios.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

constexpr Objective kCompleteFailure = {"complete system failure", 4 * kHourMs, kHourMs};
constexpr Objective kSessionCorruption = {"session data corruption", 2 * kHourMs, 15 * kMinuteMs};
constexpr Objective kQdrantFailure = {"Qdrant database failure", kHourMs, 5 * kMinuteMs};
constexpr Objective kPartialCorruption = {"partial data corruption", 30 * kMinuteMs, 5 * kMinuteMs};
constexpr Objective kStorageFailure = {"storage system failure", 3 * kHourMs, 30 * kMinuteMs};
constexpr Objective kMigration = {"migration or upgrade", 6 * kHourMs, 0};
constexpr Objective kDeletion = {"accidental deletion", kHourMs, 15 * kMinuteMs};

constexpr Drill kDrills[] = {
    {"D1", "session recovery", kCompleteFailure, true, DrillSessionRecovery},
    {"D2", "sub-session and index recovery", kSessionCorruption, true, DrillIndexRecovery},
    {"D3", "Qdrant recovery", kQdrantFailure, true, DrillQdrantRecovery},
    {"D4", "vector mismatch", kQdrantFailure, true, DrillVectorMismatch},
    {"D5", "partial corruption", kPartialCorruption, true, DrillPartialCorruption},
    {"D6", "power-cut states", kSessionCorruption, true, DrillPowerCut},
    {"D7", "rollback to an older backup", kSessionCorruption, true, DrillRollback},
    {"D8", "crash during repair and restore", kSessionCorruption, true, DrillCrash},
    {"D9", "dgmo writes meanwhile", kSessionCorruption, true, DrillLiveWriter},
    {"D10", "rights", kPartialCorruption, true, DrillPermissions},
    {"D11", "disk full", kStorageFailure, true, DrillDiskFull},
    {"D12", "performance", kCompleteFailure, false, DrillPerformance},
    {"D13", "accidental deletion", kDeletion, true, DrillAccidentalDeletion},
    {"D14", "path split", kSessionCorruption, true, DrillPathSplit},
    {"D15", "names of other platforms", kCompleteFailure, true, DrillPlatform},
    {"D16", "migration that is interrupted", kMigration, true, DrillMigration},
    {"D18", "identifiers begin anew", kSessionCorruption, true, DrillIdWrap},
};

}  // namespace

std::span<const Drill> AllDrills() { return kDrills; }

const Drill* FindDrill(std::string_view id) {
  const auto found = std::find_if(std::begin(kDrills), std::end(kDrills), [&](const Drill& d) { return d.id == id; });
  return found == std::end(kDrills) ? nullptr : &*found;
}

}  // namespace fleet::agent
