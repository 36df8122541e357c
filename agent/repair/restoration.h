#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "agent/repair/journal.h"
#include "agent/repair/root_writer.h"

namespace fleet::agent {

// What taking a root's changes back came to. Paths relative to the root.
struct Restoration {
  std::vector<std::string> restored;  // are as before
  std::vector<std::string> kept;      // are neither as before nor as the repair left them: newer, and left alone
};

// Takes the changes of one root back, the last first, whichever of them were made; may be repeated after a crash at any
// instruction. An error means that the disk refused: what is left to do stays to be done.
absl::StatusOr<Restoration> RestoreRoot(const Journal& journal, std::size_t index, RootWriter& writer);

// Paths that are no longer as the repair left them, so that taking it back would destroy something newer, or whose
// backup is damaged. With `half_done`, what has been taken back already is in order too.
absl::StatusOr<std::vector<std::string>> ChangedSince(const Journal& journal, std::size_t index,
                                                      const RootWriter& writer, bool half_done);

}  // namespace fleet::agent
