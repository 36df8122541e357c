#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "agent/repair/journal.h"
#include "agent/repair/root_writer.h"

namespace fleet::agent {

// Fills the journal with what taking one root's changes back needs: a copy of every file that will be replaced or
// moved, and, as evidence, a listing of the whole store with hashes. The changes get their attributes, backups and
// places in quarantine. Aborted when a file is no longer what was planned for. Nothing in the root changes.
absl::Status PrepareRoot(const RootWriter& writer, const Journal& journal, std::size_t index, std::int64_t now_ms,
                         JournalRoot& root);

}  // namespace fleet::agent
