#pragma once

#include "common/pattern_catalogue.h"
#include "common/rule_catalogue.h"

namespace fleet {

// The row a pattern has in the rule catalogue. It refers to the pattern.
Rule PatternRule(const LogPattern& pattern);

// The row of the patterns that extensions add, for who does not have the extension; its code is "LOG_PATTERN_*".
const Rule& AnyPatternRule();

// Whether a code is one of a pattern, built in or not.
bool IsPatternCode(std::string_view code);

}  // namespace fleet
