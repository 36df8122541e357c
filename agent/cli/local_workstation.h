#pragma once

#include <string>
#include <vector>

#include "agent/link/workstation.h"
#include "agent/store/root.h"
#include "common/clock.h"

namespace fleet::agent {

// This machine: the targets, examined by the checks and repaired by the engine, whose journals are in `state`.
class LocalWorkstation final : public Workstation {
 public:
  LocalWorkstation(const Clock& clock, std::vector<Target> targets, std::string state)
      : clock_(clock), targets_(std::move(targets)), state_(std::move(state)) {}

  Examination Examine() override;
  CommandOutcome Run(const v1::Action& action) override;

 private:
  void ExamineTarget(const Target& target, Examination& seen) const;
  CommandOutcome Repair(const v1::RepairAction& action) const;
  CommandOutcome Undo(const v1::UndoAction& action) const;

  const Clock& clock_;
  const std::vector<Target> targets_;
  const std::string state_;
};

}  // namespace fleet::agent
