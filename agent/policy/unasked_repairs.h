#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/policy/auto_repair.h"
#include "agent/repair/outcome.h"
#include "agent/repair/selection.h"
#include "common/clock.h"
#include "common/finding.h"

namespace fleet::agent {

// Repairs what the policy allows without being asked: gives the policy what was seen, has the engine do what it chose,
// and remembers in <state>/auto-repair.json. Loud about repetition and failure, quiet about success. On the worker.
class UnaskedRepairs {
 public:
  struct Parts {
    const Clock& clock;  // outlives it
    std::string state;
    AutoRepairSettings settings;
    std::vector<std::string> consent;  // repairs that the configuration consents to
    // Asked at each look, so that it can be changed at any time.
    absl::AnyInvocable<RepairPolicy()> policy;
    // The engine: applies, or only plans.
    absl::AnyInvocable<absl::StatusOr<RepairRun>(const RepairSelection& selection, bool apply)> run;
  };
  // Without a memory, or with one that cannot be read, it starts afresh and says so.
  explicit UnaskedRepairs(Parts parts);

  struct Outlook {
    bool due = false;  // Run has something to do
    std::optional<std::chrono::milliseconds> look_again;
  };
  // After a look: all that was found, the places where a dgmo works, and the paths nothing is known of. Adds recovery
  // failures to the findings.
  Outlook Consider(std::vector<Finding>& findings, const std::set<std::string>& live,
                   const std::vector<std::string>& unknown);

  // What the last Consider found due, unless the policy has changed since.
  void Run();

 private:
  std::vector<std::string> UnknownFaults(const std::vector<std::string>& unknown) const;
  void Observe(const RepairSelection& selection);
  void Repair(const RepairSelection& selection);
  bool Remember();
  std::int64_t Now() const { return ToMillis(parts_.clock.Now()); }

  Parts parts_;
  AutoRepair policy_;
  AutoRepairMemory remembered_;  // as it is on the disk, or empty
  std::optional<RepairChoice> choice_;
  std::set<std::string> told_;  // faults of which it was told what would be done
  std::optional<RepairPolicy> last_policy_;
};

}  // namespace fleet::agent
