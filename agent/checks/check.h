#pragma once

#include <cstdint>
#include <vector>

#include "agent/store/model.h"
#include "common/finding.h"

namespace fleet::agent {

// All findings about a home, by the rules of the catalogue: pure, the same model and time give the same findings in the
// same order (worst first, then root, code, path). first_seen and last_seen are `now_ms`. What could not be looked at
// gives no finding of what might be wrong with it (see UnknownSubjects), only one that says it could not be read.
std::vector<Finding> CheckHome(const HomeModel& home, std::int64_t now_ms);

// Suspicious files of a root that may only look so because somebody writes them: to be read again before reporting.
std::vector<std::string> SuspiciousPaths(const RootModel& root);

}  // namespace fleet::agent
