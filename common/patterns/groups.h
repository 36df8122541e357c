#pragma once

#include <vector>

#include "common/pattern_catalogue.h"

namespace fleet {

// The built-in patterns, one file a group; pattern_catalogue.cc puts them together.
std::vector<LogPattern> GuidePatterns();    // the messages the recovery guide lists
std::vector<LogPattern> ProgramPatterns();  // further lines that real machines print

}  // namespace fleet
