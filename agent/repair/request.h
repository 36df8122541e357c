#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/repair/engine.h"
#include "agent/repair/selection.h"

namespace fleet::agent {

// Repairs that a person asks for although nothing is at fault: put as a finding that no check makes.

// About a root; whoever asks adds what the repair has to know. `worst`: what it may show of what was hidden.
Finding RequestFor(std::string_view repair, std::string_view code, Severity worst, const std::string& root);

// Only these, consented to.
RepairSelection Requested(std::string_view repair, std::string_view code, std::vector<Finding> requests);

// R-CONSOLIDATE: what the roots `from` hold is to be copied into the root `into`. Paths of roots.
RepairSelection ConsolidationRequest(const std::string& into, const std::vector<std::string>& from);

// What takes several runs because it is large: part after part until nothing is left or something is refused, each with
// a journal of its own. An error ends it; `runs` has what was done until then.
absl::Status ApplyInParts(RepairEngine& engine, const Target& target, const RepairSelection& request,
                          std::vector<RepairRun>& runs);

// Whether there is nothing for it to do any more.
bool IsDone(const RepairRun& run);

}  // namespace fleet::agent
