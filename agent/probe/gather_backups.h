#pragma once

#include "agent/checks/home_model.h"
#include "agent/checks/settings.h"
#include "agent/probe/backup_search.h"

namespace fleet::agent {

// The backups of a home, verified as far as `settings.backup_verify_bytes` reaches; the newest of each kind always.
// What the cache knows costs nothing. Places that could not be looked into go to `home.unknown`. Blocks on the disk.
BackupFacts GatherBackups(const CheckSettings& settings, VerdictCache& cache, HomeModel& home);

}  // namespace fleet::agent
