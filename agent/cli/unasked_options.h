#pragma once

#include <absl/status/status.h>

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "agent/policy/unasked_repairs.h"

namespace fleet::agent {

// How `dgmo-agent run` repairs without being asked, as the command line and the configuration file name it.
struct UnaskedOptions {
  std::string policy;  // empty: safe
  bool named = false;  // on the command line, which the configuration file does not change
  std::vector<std::string> consent;
  AutoRepairSettings settings;
};

void AddUnaskedOptions(CLI::App& command, UnaskedOptions& options);
absl::Status Validate(const UnaskedOptions& options);

// The policy is read anew from the configuration file at each look, unless the command line named it; while the file
// cannot be read it is "off".
UnaskedRepairs::Parts PartsOf(const UnaskedOptions& options, const std::string& config, const Clock& clock,
                              const std::string& state);

}  // namespace fleet::agent
