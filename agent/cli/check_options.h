#pragma once

#include <absl/status/status.h>

#include <CLI/App.hpp>
#include <string>

#include "agent/checks/settings.h"
#include "agent/cli/targets.h"

namespace fleet::agent {

// How to look, as every command that runs the checks takes it.
struct CheckOptions {
  CheckSettings settings;
  std::string patterns;  // a file; empty: the built-in ones alone
  std::string config;    // a file; empty: none
};

// Declares the thresholds, --patterns and --config.
void AddCheckOptions(CLI::App& command, CheckOptions& options);

// Reads the files and puts what they say in force; what the command line named wins. Call it before anything looks.
absl::Status TakeCheckOptions(CLI::App& command, const Targets& targets, CheckOptions& options);

}  // namespace fleet::agent
