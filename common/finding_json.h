#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/finding.h"

namespace fleet {

// The finding as every --json output prints it; absent texts are null where the contract says "or null".
nlohmann::ordered_json ToJson(const Finding& finding);

}  // namespace fleet
