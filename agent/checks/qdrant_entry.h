#pragma once

#include <string>
#include <vector>

#include "agent/checks/facts/config_facts.h"
#include "agent/checks/settings.h"

namespace fleet::agent {

// Whether an MCP server is one for Qdrant: it is called so, its command is, or its environment speaks of Qdrant.
bool IsQdrantEntry(const McpEntry& entry);

// The variables of a local one that are not as the fleet expects, "QDRANT_URL" and the like, with "missing" or
// "differs" and never a value. A model that is not named is the expected one: it is the server's default.
struct QdrantDifference {
  std::string variable;
  std::string how;
};
std::vector<QdrantDifference> DifferencesOf(const McpEntry& entry, const CheckSettings& settings);

}  // namespace fleet::agent
