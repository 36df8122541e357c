#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/repair/failure_counter.h"
#include "agent/repair/home_plan.h"
#include "agent/repair/journal.h"

namespace fleet::agent {

// One root that is changed.
struct RootWork {
  const HomePlan* home = nullptr;
  const RootPlan* root = nullptr;
  std::size_t journal = 0;  // index into the journal's roots
  std::vector<Plan> plans;  // those not refused
  RootWriter writer;
  bool settled = false;  // results are recorded
};

// Carries plans out: backs everything up in one journal, changes root after root, reads every home again, and keeps
// each root that is verified or takes it back whole. The caller holds the locks. One thread; used once.
class Application {
 public:
  Application(std::string state, std::int64_t now_ms, FailureCounter& failures,
              absl::FunctionRef<void(std::chrono::milliseconds)> pause);

  // What became of every plan. An error means that nothing was changed.
  absl::StatusOr<std::vector<RepairResult>> Run(const std::vector<HomePlan>& homes);

  // Empty when nothing had to be changed.
  std::string journal_id() const { return journal_ ? journal_->id() : ""; }

 private:
  absl::Status TakeOn(const HomePlan& home, const RootPlan& root);
  absl::Status BackUp();
  void Change(RootWork& work);
  void Verify(const HomePlan& home);
  void Settle(RootWork& work, const std::vector<std::string>& failures);
  void Fail(RootWork& work, int offender, const Refusal& why);
  void TakeBack(RootWork& work);
  void Record(const Plan& plan, Outcome outcome, Refusal why);
  void RefuseAll(RootWork& work, const Refusal& why);

  const std::string state_;
  const std::int64_t now_ms_;
  FailureCounter& failures_;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause_;
  std::optional<Journal> journal_;
  std::vector<RootWork> works_;
  std::vector<RepairResult> results_;
};

}  // namespace fleet::agent
