#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/repair/outcome.h"

namespace fleet::agent {

// Takes a journal's changes back, all or none: it is refused when dgmo is live on a root, somebody else works on one,
// or any path is no longer as the repair left it. A crash is finished by asking again. NotFound, DataLoss: no such
// journal, or one that cannot be followed; any other error means that the disk refused and that asking again continues.
absl::StatusOr<UndoRun> UndoJournal(const std::string& state, const std::string& id);

}  // namespace fleet::agent
