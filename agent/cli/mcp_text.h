#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/mcp_facts.h"

namespace fleet::agent {

// What `dgmo-agent mcp` shows of one home: all entries, the disabled ones without a verdict. Never commands beyond the
// program, never environment values.
struct McpState {
  std::string home;
  bool is_known = true;  // the configuration could be looked at
  std::vector<McpServer> servers;
};

// "reachable", "found" (a program that was not started), "locked", "no_program", "not_executable", "refused",
// "timeout", "not_mcp", "unknown", "disabled"
std::string_view VerdictText(const McpServer& server, bool started);

std::string McpText(const std::vector<McpState>& states, bool started);
nlohmann::ordered_json McpJson(const std::vector<McpState>& states, bool started);
int ExitCodeOf(const std::vector<McpState>& states);

}  // namespace fleet::agent
