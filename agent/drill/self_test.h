#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/clock.h"

namespace fleet::agent {

// One fault provoked on a store made for it: whether it was found, and whether its repair cured it.
struct SelfTestResult {
  std::string fault;  // in words
  std::string code;   // that it must give
  bool found = false;
  bool repaired = false;
  std::string problem;  // empty: as it should be
};

// Makes a store with a session and two sub-sessions in a new folder below `folder`, breaks it in the ways that
// sub-session tracking breaks, finds and repairs each, and removes the store again. Touches nothing else. Blocks on the
// disk. An error means that the test itself could not be run.
absl::StatusOr<std::vector<SelfTestResult>> TestYourself(const std::string& folder, const Clock& clock);

}  // namespace fleet::agent
