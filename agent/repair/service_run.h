#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/probe/probe_runner.h"
#include "agent/repair/failure_counter.h"
#include "agent/repair/home_plan.h"
#include "agent/repair/service_record.h"
#include "agent/repair/service_repair.h"
#include "agent/store/root_lock.h"
#include "common/clock.h"

namespace fleet::agent {

// What a run of service repairs uses; all of it outlives the run.
struct ServiceParts {
  std::span<const ServiceRepair* const> repairs;
  const RepairSelection& selection;
  const CheckSettings& settings;
  ProbeRunner& probes;
  FailureCounter& failures;
  const std::string& state;
  const Clock& clock;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause;
};

// Repairs the machine and its services (service_repair.h), after the files of the homes and with the same selection.
// Blocks on the probes, and as long as the repairs take. One thread; used once.
class ServiceRun {
 public:
  explicit ServiceRun(const ServiceParts& parts) : parts_(parts) {}

  // Has the probes look at the homes and the machine, when what was asked for may be about them, and plans. The homes
  // outlive the run. To apply afterwards, it takes a lock, and notes how earlier, interrupted runs ended.
  void Prepare(std::vector<HomePlan>& homes, bool to_apply);

  // Whether something is to be begun, and so to be written down.
  bool HasWork() const { return !works_.empty(); }
  // Does it, and writes it down under this id. Results are of every plan, also of the refused.
  std::vector<RepairResult> Apply(const std::string& id);

  const std::vector<Plan>& plans() const { return plans_; }
  const std::vector<LeftAlone>& left_alone() const { return left_alone_; }
  // Sentences for people about earlier runs that were interrupted.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Work {
    const ServiceRepair* repair;
    Finding finding;
    std::vector<const HomeModel*> homes;
    std::size_t plan;  // index into plans_
  };

  bool MayConcern(const std::vector<HomePlan>& homes) const;
  void TakeLock();
  void LookAtInterrupted(bool to_apply);
  void PlanSelected(const std::vector<Finding>& findings, const HomeModel& of,
                    const std::vector<const HomeModel*>& homes);
  void PlanOne(const ServiceRepair& repair, const Finding& finding, const std::vector<const HomeModel*>& homes);
  std::optional<Refusal> RefusalFor(const ServiceRepair& repair, const Finding& finding) const;
  ServiceContext Context(const std::vector<const HomeModel*>& homes) const;
  RepairResult ApplyOne(const Work& work, ServiceRecord& record);
  void Count(const RepairResult& result);

  const ServiceParts parts_;
  std::optional<RootLock> lock_;
  std::optional<Refusal> blocked_;  // why nothing may be begun now
  MachineModel machine_;
  std::vector<Plan> plans_;
  std::vector<Work> works_;  // of the plans that are not refused
  std::vector<LeftAlone> left_alone_;
  std::vector<std::string> notes_;
};

}  // namespace fleet::agent
