#pragma once

#include <absl/functional/function_ref.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "agent/checks/settings.h"
#include "agent/repair/outcome.h"
#include "agent/repair/plan.h"
#include "common/clock.h"
#include "common/finding.h"

namespace fleet::agent {

// What a repair of services knows. All of it outlives the call.
struct ServiceContext {
  // The home that the finding is about, or, when it is about the machine, all that were looked at. As the probes saw
  // them when the repair was planned, without what they do not look at for a repair: other sessions' loads, copies of
  // the data, backups and MCP servers.
  std::span<const HomeModel* const> homes;
  const MachineModel& machine;
  const CheckSettings& settings;
  const std::string& state;  // the agent's own folder
  const Clock& clock;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause;  // waits; tests give one that need not
};

// What would be done, a sentence a step, and what a person should know besides. No step: there is nothing to do.
struct ServicePlan {
  std::vector<std::string> steps;
  std::string note;
};
using ServiceAnswer = std::variant<ServicePlan, Refusal>;

// What came of it. kApplied means that looking again showed the fault to be gone; kRefused, that nothing was begun.
struct ServiceOutcome {
  Outcome outcome = Outcome::kFailed;
  std::string reason;  // a word for programs; empty when applied
  std::string text;    // a sentence for people
};

// One kind of repair that acts on the machine or a service instead of the files of a root (catalogue: "Repairs"):
// nothing of it can be taken back, so each verifies by itself. One file each in repairs/. Whoever runs it has checked
// the consent and that it did not fail twice, writes down that it begins before it does, and counts failures.
struct ServiceRepair {
  std::string_view id;
  bool needs_consent = false;  // opt-in: only with --consent or an admin's word
  // Makes room: may be done although the disk is too full to write it down first.
  bool frees_space = false;
  // Looks, changes nothing.
  ServiceAnswer (*plan)(const ServiceContext& context, const Finding& finding);
  // Looks again, does it, and looks whether it helped. Blocks as long as that takes.
  ServiceOutcome (*apply)(const ServiceContext& context, const Finding& finding);
};

// Whether a process belongs to the user of one of the homes: no repair touches any other's.
bool IsOfAHome(const ProcessInfo& process, const ServiceContext& context);

// In the order they are planned and applied.
std::span<const ServiceRepair* const> AllServiceRepairs();
const ServiceRepair* FindServiceRepair(std::string_view id);

}  // namespace fleet::agent
