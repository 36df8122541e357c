#pragma once

#include <string>

namespace fleet {

// Sets spdlog up for a program: lines "time level event key=value" on stderr. Call once, first thing in main.
void SetUpLog(const std::string& program, bool verbose);

}  // namespace fleet
