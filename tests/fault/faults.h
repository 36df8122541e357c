#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/finding.h"

namespace fleet {

// The fault injector: breaks a store on disk in every way that dgmo's own writing, a power failure, a merge or a hand
// can, one fault at a time, always the same way for the same store and seed. It reads the store with code of its own,
// so that it does not share the agent's mistakes.

// What was broken and what the agent is to say about it.
struct Injected {
  std::string name;
  std::string code;
  Severity severity = Severity::kP3;
  std::string path;         // absolute; among the paths of the finding
  std::string subject_id;   // empty: not told
  bool repairable = false;  // by this version, so that the finding is gone afterwards
};

// In a fixed order, one line of explanation each.
struct FaultDescription {
  std::string name;
  std::string story;
};
std::vector<FaultDescription> AllFaults();

// Breaks something below a home directory. NotFound when no such fault exists, FailedPrecondition when the home holds
// nothing to break in this way (a sub-session's record where there is no sub-session).
absl::StatusOr<Injected> InjectFault(const std::string& home, std::string_view name, unsigned seed);

}  // namespace fleet
