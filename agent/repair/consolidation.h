#pragma once

#include <string>
#include <vector>

#include "agent/repair/selection.h"

namespace fleet::agent {

// Asks for R-CONSOLIDATE: what the roots `from` hold is to be copied into the root `into`. A large store goes in parts:
// ask until the only refusal is "no_cure". Paths of roots.
RepairSelection ConsolidationRequest(const std::string& into, const std::vector<std::string>& from);

}  // namespace fleet::agent
