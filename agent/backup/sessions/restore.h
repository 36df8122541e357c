#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/repair/outcome.h"
#include "agent/store/root.h"
#include "common/clock.h"

namespace fleet::agent {

// What to restore, and from where.
struct RestoreRequest {
  Target target;                      // the home it goes to; explicit roots: only those
  std::string from;                   // an archive or copied folder; empty: the newest good backup of the home
  std::vector<std::string> folders;   // where backups are looked for besides the home's places
  std::optional<std::int64_t> at_ms;  // not made later than this
  std::string key;                    // which root of the backup goes to the only root of the target, whatever its name
  std::string session;                // only this session with all below it
  bool configuration = false;         // only the configuration, in place of what is there
  bool keep_existing = false;         // leave readable files as they are
  bool plan = false;                  // look, and change nothing
  std::string state;                  // the agent's own folder
};

// What becomes, or would become, of one root.
struct RestoredRoot {
  std::string key;
  std::string path;
  std::int64_t created = 0;
  std::int64_t replaced = 0;
  std::int64_t newer_replaced = 0;  // of these: written after the backup
  std::int64_t indexes = 0;         // merged and rebuilt
  std::int64_t unchanged = 0;
  std::int64_t kept = 0;             // were readable, or are not the backup's business
  std::vector<std::string> skipped;  // sentences: what of the backup was not restored, and why
};

struct RestoreRun {
  std::string backup;        // absolute path
  std::int64_t made_ms = 0;  // of the backup
  std::vector<RestoredRoot> roots;
  std::vector<std::string> notes;     // sentences: newer backups that are bad, interrupted runs that were taken back
  std::optional<Refusal> refusal;     // nothing was changed, or all was taken back
  std::string pre_restore;            // archive of what was there before; empty: nothing was
  std::string journal;                // its id; empty: nothing had to be changed
  std::vector<std::string> appeared;  // codes of findings that the restored data bring with them
  std::int64_t data_age_ms = 0;       // achieved RPO: from the backup to the restore
  std::int64_t duration_ms = 0;       // achieved RTO
};

// Brings documents back from a backup: plan, backup of what is there, journal, change, verification; `undo` takes it
// back, and so does the next repair or restore after a crash at any instruction. Documents that the backup does not
// hold stay; indexes are never overwritten but merged and rebuilt from the records; what was damaged when it was backed
// up never replaces anything. An error means that nothing was begun.
absl::StatusOr<RestoreRun> Restore(const RestoreRequest& request, const Clock& clock,
                                   absl::FunctionRef<void(std::chrono::milliseconds)> pause);

// Writes all that the backup holds, damaged files too, into a folder that is not there yet: whole or not at all.
absl::StatusOr<RestoreRun> RestoreInto(const RestoreRequest& request, const std::string& folder, const Clock& clock);

}  // namespace fleet::agent
