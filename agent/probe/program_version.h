#pragma once

#include <chrono>
#include <string>

#include "agent/checks/facts/config_facts.h"
#include "agent/store/root.h"

namespace fleet::agent {

// Asks a program for its version: `path --version`, without a shell, in an empty folder of its own as its home, so
// that it leaves nothing in the user's. What it starts is looked for in `search_path` (as in PATH). Killed with all it
// started after `limit`. Blocks; any thread.
InstalledProgram AskVersion(const std::string& path, const std::string& search_path, std::chrono::milliseconds limit);

// The same for the user of a home, with the catalogue's limit, and remembered as long as the file is the same: a check
// every minute does not start the program every minute. Not asked when the answer would not be the user's: a version
// manager's shim, or a program that somebody else than root could have put there while the agent runs as root.
InstalledProgram KnownVersion(const std::string& path, const Home& home);

}  // namespace fleet::agent
