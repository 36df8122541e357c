#pragma once

#include <vector>

#include "common/rule_catalogue.h"

namespace fleet {

// The rules that hold for any JSON document, once for each class of documents: SESSION_JSON_EMPTY, ...
std::vector<Rule> DocumentRules();

}  // namespace fleet
