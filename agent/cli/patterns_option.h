#pragma once

#include <absl/status/status.h>

#include <CLI/App.hpp>
#include <string>

#include "agent/checks/settings.h"

namespace fleet::agent {

// Declares --patterns FILE: more error messages to look for in logs.
void AddPatternsOption(CLI::App& command, std::string& file);

// Puts them in force; the built-in ones when no file is given.
absl::Status LoadPatterns(const std::string& file, CheckSettings& settings);

}  // namespace fleet::agent
