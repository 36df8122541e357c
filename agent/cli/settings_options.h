#pragma once

#include <absl/status/status.h>

#include <CLI/App.hpp>

#include "agent/checks/settings.h"

namespace fleet::agent {

// Declares an option for every threshold, in a group of its own in the help; a configuration file takes them by the
// same names. A value outside its range is an error that names the option.
void AddSettingsOptions(CLI::App& command, CheckSettings& settings);

// What no single value can be wrong about: InvalidArgument when a warning would come after what it warns of.
absl::Status ValidateSettings(const CheckSettings& settings);

}  // namespace fleet::agent
