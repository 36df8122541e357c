#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/repair/idle_sessions.h"
#include "agent/repair/outcome.h"
#include "agent/store/root.h"
#include "common/clock.h"

namespace fleet::agent {

struct ArchiveRequest {
  Target target = {};                      // the home, or explicit roots
  std::int64_t idle_ms = 0;                // sessions that nothing has changed in for so long
  std::vector<std::string> sessions = {};  // or these, and what they belong to, however young
  std::string folder = {};                 // for the archive; empty: <home>/backups/archived
  bool apply = false;
  std::string state = {};  // the agent's own folder
};

struct ArchivedFamily {
  std::string root;
  SessionFamily family;
};

struct ArchiveRun {
  std::vector<ArchivedFamily> families;  // that would go, or were to go
  std::vector<ArchivedFamily> kept;      // that something stands in the way of: see their obstacle
  std::string archive;                   // absolute; empty: none was kept
  std::vector<RepairRun> runs;           // one a part; none of a plan
};

// Packs old sessions (catalogue: "Repairs", R-ARCHIVE): writes an archive of them, which is read back, then moves to
// quarantine what it holds. Each part has its own journal and can be undone. An archive of which nothing was moved is
// removed again. NotFound when a session that was asked for does not exist; an error means that nothing was moved.
absl::StatusOr<ArchiveRun> ArchiveSessions(const ArchiveRequest& request, const Clock& clock,
                                           absl::FunctionRef<void(std::chrono::milliseconds)> pause);

}  // namespace fleet::agent
