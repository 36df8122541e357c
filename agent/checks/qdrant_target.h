#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/checks/facts/config_facts.h"
#include "agent/checks/settings.h"

namespace fleet::agent {

// Which Qdrant server, collection and vector the MCP server of a home uses, by its environment as the public
// mcp-server-qdrant reads it (catalogue: "Qdrant", "Collection").
struct QdrantTarget {
  std::string url;      // as it is called: may hold a user and a password
  std::string address;  // the same without them, to be shown
  std::string api_key;  // a secret; empty: none
  std::string collection;
  std::string vector_name;
  bool wanted = false;     // an enabled entry, or the settings, want memory
  bool any_entry = false;  // there is an entry, enabled or not
  bool embedded = false;   // no server: the entry keeps its memory in files
  std::string file;        // configuration that names it; empty: none
};

// An enabled entry, one as the fleet expects it before others; else a disabled one, else the settings.
QdrantTarget QdrantTargetOf(const ConfigFacts& config, const CheckSettings& settings);

// The name that the MCP server gives the vector of a model: "fast-" and the last part of the model's name.
std::string VectorNameOf(std::string_view model);

// The text without user, password, query, fragment and trailing slashes.
std::string AddressOf(std::string_view url);

}  // namespace fleet::agent
