#include "agent/repair/outcome.h"

#include <algorithm>

namespace fleet::agent {

std::string_view OutcomeText(Outcome outcome) {
  static constexpr std::string_view kTexts[] = {"applied", "refused", "failed", "rolled_back"};
  return kTexts[static_cast<int>(outcome)];
}

bool RepairRun::Complete() const {
  const auto refused = [](const Plan& plan) { return plan.refusal.has_value(); };
  const auto not_applied = [](const RepairResult& result) { return result.outcome != Outcome::kApplied; };
  return std::none_of(plans.begin(), plans.end(), refused) && std::none_of(results.begin(), results.end(), not_applied);
}

}  // namespace fleet::agent
