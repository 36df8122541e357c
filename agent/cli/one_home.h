#pragma once

#include <CLI/App.hpp>

#include "agent/cli/targets.h"

namespace fleet::agent {

// Declares --home, once, and --state: of commands that change one home.
void AddOneHomeOptions(CLI::App& command, Targets& targets);

}  // namespace fleet::agent
