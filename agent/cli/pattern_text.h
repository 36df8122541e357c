#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "common/pattern_catalogue.h"

namespace fleet::agent {

// The patterns of logs for people and programs. Texts end in a newline.
std::string PatternText(const LogPattern& pattern);
std::string PatternsText(const PatternCatalogue& catalogue);
nlohmann::ordered_json PatternJson(const LogPattern& pattern);
nlohmann::ordered_json PatternsJson(const PatternCatalogue& catalogue);

}  // namespace fleet::agent
