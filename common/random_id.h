#pragma once

#include <string>
#include <string_view>

namespace fleet {

// "<prefix>_" and 20 random hex digits (80 bits), such as "inc_1f2e…". Any thread.
std::string RandomId(std::string_view prefix);

}  // namespace fleet
