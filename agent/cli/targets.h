#pragma once

#include <absl/status/statusor.h>

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "agent/store/root.h"

namespace fleet::agent {

// What a command looks at, as every command line and the configuration file name it.
struct Targets {
  std::vector<std::string> homes;
  std::vector<std::string> roots;
  std::string state;  // the agent's own folder
};

// Declares --home, --root and --state.
void AddTargetOptions(CLI::App& command, Targets& targets);

// The homes and roots named, or this user's home when none is.
absl::StatusOr<std::vector<Target>> ResolveTargets(const Targets& targets);

// --state, else $DGMO_AGENT_STATE, else $XDG_STATE_HOME/dgmo-agent, else ~/.local/state/dgmo-agent.
std::string StateFolder(const Targets& targets);

}  // namespace fleet::agent
