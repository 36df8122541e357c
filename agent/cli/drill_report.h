#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "agent/drill/drill.h"

namespace fleet::agent {

// A report of drills for people, for programs and for the file; the text ends in a newline. The keys of the JSON are
// those that the scripts of the guide wrote: timestamp, framework_version, total, passed, failed, skipped,
// test_results, integrity_scores.
std::string DrillText(const DrillReport& report);
nlohmann::ordered_json DrillJson(const DrillReport& report);
std::string DrillHtml(const DrillReport& report);

}  // namespace fleet::agent
