#pragma once

#include <set>
#include <string>

#include "agent/checks/home_model.h"
#include "common/finding.h"

namespace fleet::agent {

// The session, its ancestors and all it started, directly or not.
std::set<std::string> RelativesOf(const HomeModel& home, const std::string& session);

// Whether the finding's subject is one of the ids, or one of its files is named by one.
bool IsAbout(const Finding& finding, const std::set<std::string>& ids);

}  // namespace fleet::agent
