#pragma once

#include <set>
#include <span>
#include <string>

#include "common/finding.h"

namespace fleet {

// The components with a finding of P1 or worse. Two or more of them at once are a corruption of the whole system, with
// one cause that none of them shows (catalogue: "Severity for one workstation"). The machine around dgmo is no
// component.
std::set<std::string> CriticalComponents(std::span<const Finding> findings);

}  // namespace fleet
