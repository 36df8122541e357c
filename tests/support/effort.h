#pragma once

#include <algorithm>
#include <cstdlib>

namespace fleet {

// How much a test tries: a number of the environment, or what it tries otherwise.
inline long NumberFrom(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atol(text);
}

// FLEET_FAULT_STRIDE=N: of the tests that break one thing after the other only each N-th is tried, for builds in which
// a run takes long.
inline int FaultStride() { return std::max(1, static_cast<int>(NumberFrom("FLEET_FAULT_STRIDE", 1))); }

}  // namespace fleet
