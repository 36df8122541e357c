#pragma once

#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/repair/outcome.h"
#include "common/finding.h"

namespace fleet::agent {

// The findings about one root around a repair.
struct Evidence {
  const std::vector<Finding>& before;
  const std::vector<Finding>& uncovered;  // that were foreseen and shown in the plan
  const std::vector<Finding>& after;
  std::vector<std::string> hidden = {};  // absolute paths of which nothing could be told before
  std::vector<std::string> found = {};   // absolute paths of projects that nobody knew of before
};

// What could not be read in a home, configuration that dgmo refuses, and configuration whose servers lay where dgmo
// does not look.
std::vector<std::string> HiddenPaths(const HomeModel& home, const std::vector<Finding>& findings);

// The projects of which only a document that can be read since tells.
std::vector<std::string> FoundProjects(const HomeModel& before, const HomeModel& after);

// Why each plan of the root failed; an empty text when it did not. A plan succeeds when every finding it was to cure is
// gone and no new one of P0 to P2 appeared. One that was foreseen is not new, as long as it is no worse than the worst
// that was cured: moving an unreadable document away may show that something else is lost. Nor is one about what could
// not be read before. Pure.
std::vector<std::string> JudgePlans(const std::string& root, const std::vector<Plan>& plans, const Evidence& evidence);

}  // namespace fleet::agent
