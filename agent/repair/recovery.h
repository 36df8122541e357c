#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/repair/home_plan.h"

namespace fleet::agent {

// What earlier, interrupted runs left.
struct Recovery {
  std::map<std::string, Refusal> blocked;  // roots that are still half done, by path
  std::vector<std::string> notes;          // sentences for people
};

// Takes back every root that a journal says is half done, and finishes every undo that was begun; safe to repeat. A
// root that somebody else works on, or dgmo uses, is left as it is and blocked. Journals that cannot be followed are
// noted and left alone.
Recovery RecoverJournals(const std::string& state, RootLocks& locks);

// What RecoverJournals would have to do; changes nothing.
Recovery FindOpenJournals(const std::string& state);

}  // namespace fleet::agent
