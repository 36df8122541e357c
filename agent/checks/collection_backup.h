#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/checks/root_view.h"
#include "common/finding.h"

namespace fleet::agent {

// BACKUP_NONE and BACKUP_STALE of a collection that the home uses: `url` is what the finding names, `points` the exact
// count now. Pure.
void CheckCollectionBackup(const HomeView& home, const std::string& url, const std::string& collection,
                           std::int64_t points, std::vector<Finding>& findings);

}  // namespace fleet::agent
