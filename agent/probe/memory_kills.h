#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agent/checks/facts/process_facts.h"

namespace fleet::agent {

// The processes of these names that the kernel's log says were ended because memory ran out, oldest first. nullopt:
// this agent may not read the log; the kernel's counter of such kills does not tell whom they struck, so it is not
// asked. Never waits; any thread.
std::optional<std::vector<MemoryKill>> MemoryKills(std::span<const std::string_view> names);

}  // namespace fleet::agent
