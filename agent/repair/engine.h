#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "agent/checks/settings.h"
#include "agent/probe/probe_runner.h"
#include "agent/repair/outcome.h"
#include "agent/repair/repair.h"
#include "agent/repair/selection.h"
#include "agent/repair/service_repair.h"
#include "agent/store/root.h"
#include "common/clock.h"

namespace fleet::agent {

// Plans, backs up, applies, verifies and takes back repairs (catalogue: "Repairs", common contract). What it did lies
// in journals below the state folder and nowhere else, so it survives a crash at any instruction: the next Apply or
// Undo takes back what was left half done. One engine works on a root at a time; the second gets the refusal "locked".
// What is done to the machine and to services comes after the files, and cannot be taken back.
// Blocks on the disk, and up to seconds on a root that is in use; any one thread.
class RepairEngine {
 public:
  struct Options {
    std::string state;  // the agent's own folder; made when missing
    std::span<const Repair* const> repairs = AllRepairs();
    // Of the machine and its services; none, unless they are named: tests do not repair the machine they run on.
    std::span<const ServiceRepair* const> services;
    CheckSettings settings;         // by which these look at the machine
    ProbeRunner* probes = nullptr;  // with which they look at it; outlives the engine; null: runs them all
    // Waits until a file that is being written may be finished; tests give one that does not.
    absl::AnyInvocable<void(std::chrono::milliseconds)> pause;
  };

  RepairEngine(const Clock& clock, Options options);

  // What Apply would do now. Changes nothing.
  absl::StatusOr<RepairRun> Plan(const std::vector<Target>& targets, const RepairSelection& selection);

  // Does it. An error means that nothing was begun; what was refused, failed or was rolled back is in the results.
  absl::StatusOr<RepairRun> Apply(const std::vector<Target>& targets, const RepairSelection& selection);

  // Takes a journal's changes back: everything as it was before, or, when something has changed since, nothing.
  // NotFound when there is no such journal.
  absl::StatusOr<UndoRun> Undo(const std::string& journal_id);

 private:
  absl::StatusOr<RepairRun> Run(const std::vector<Target>& targets, const RepairSelection& selection, bool apply);

  const Clock& clock_;
  Options options_;
};

}  // namespace fleet::agent
