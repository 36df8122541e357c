#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "agent/checks/facts/config_facts.h"

namespace fleet::agent {

// What one configuration file says.
struct ConfigLayer {
  std::string file;
  std::string project;  // as ConfigFile's; the files without one come first
  nlohmann::json value;
};

// The MCP servers of layers given in the order in which dgmo loads them, merged for each project by itself, by name and
// file. Pure.
std::vector<McpEntry> McpEntriesOf(const std::vector<ConfigLayer>& layers);

}  // namespace fleet::agent
