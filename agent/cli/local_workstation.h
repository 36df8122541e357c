#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/checks/machine_model.h"
#include "agent/checks/settings.h"
#include "agent/link/workstation.h"
#include "agent/policy/unasked_repairs.h"
#include "agent/probe/probe_runner.h"
#include "agent/store/root.h"
#include "agent/watch/live_home.h"
#include "agent/watch/settling.h"
#include "common/clock.h"

namespace fleet::agent {

// This machine: the targets, kept in memory and examined by the checks, and repaired by the engine, whose journals are
// in `state`. What the probes found stays until they run again, with the next examination of everything.
class LocalWorkstation final : public Workstation {
 public:
  // `probes` outlives it and is used on the worker only.
  LocalWorkstation(const Clock& clock, std::vector<Target> targets, std::string state, CheckSettings settings,
                   ProbeRunner& probes);

  Examination Examine(const Scope& scope) override;
  CommandOutcome Run(const v1::Action& action) override;
  void RepairUnasked() override;

  // Before the first examination: takes back what earlier, interrupted repairs left half done, and says so.
  void TakeBackInterrupted();
  // Also before: `run` of the parts is filled in.
  void AllowUnasked(UnaskedRepairs::Parts parts);

 private:
  void BringUpToDate(const Scope& scope, std::set<std::string> changed);
  void Probe();
  std::optional<v1::DrillFacts> LastDrillFacts() const;
  void CountRights();
  void RememberCounts() const;
  void AddHome(const LiveHome& live, std::span<const Finding> about_machine, Examination& seen) const;
  void Settle(Examination& seen);
  void RetireOldJournals();
  absl::StatusOr<RepairRun> Repair(const RepairSelection& selection, bool apply) const;
  CommandOutcome Repair(const v1::RepairAction& action) const;
  CommandOutcome BackUp() const;
  CommandOutcome Undo(const v1::UndoAction& action) const;

  const Clock& clock_;
  const std::vector<Target> targets_;
  const std::string state_;
  CheckSettings settings_;
  ProbeRunner& probes_;
  std::vector<LiveHome> homes_;
  MachineModel machine_;
  Settling settling_;
  std::optional<UnaskedRepairs> unasked_;
  MonoTime retire_due_;
  std::set<std::string> doubtful_;  // paths of findings that are kept back
  bool repaired_ = false;           // since the stores were last looked at
  MonoTime probed_;
  bool probe_soon_ = false;
  MonoTime rights_due_;
};

}  // namespace fleet::agent
