#pragma once

#include <chrono>
#include <optional>

#include "agent/checks/facts/network_facts.h"

namespace fleet::agent {

// What this machine's resolver makes of "localhost". nullopt: it gave no answer in time, although the hosts file names
// localhost or may not be read. Any thread.
std::optional<LocalhostNames> ResolveLocalhost(std::chrono::milliseconds limit);

}  // namespace fleet::agent
