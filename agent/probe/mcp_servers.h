#pragma once

#include <chrono>

#include "agent/checks/facts/config_facts.h"
#include "agent/checks/facts/mcp_facts.h"
#include "agent/probe/command_program.h"
#include "agent/store/root.h"
#include "common/clock.h"

namespace fleet::agent {

// One entry, looked at without starting anything: the program of a local one is searched for, a remote one is asked
// whether it lives. Blocks, each call for at most `limit`; any thread.
McpServer LookAtMcpServer(const McpEntry& entry, const Home& home, std::chrono::milliseconds limit, const Clock& clock);

// The entry without its verdict.
McpServer NameMcpServer(const McpEntry& entry);

// The program that a local entry starts.
CommandProgram ProgramOf(const McpEntry& entry, const Home& home);

}  // namespace fleet::agent
