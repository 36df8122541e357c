#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/checks/facts/qdrant_facts.h"
#include "agent/checks/settings.h"

namespace fleet::agent {

// How many points each collection had when it was good. The MCP server makes a lost collection again, empty and with
// the right configuration: without this memory a total loss looks healthy. Kept as one small JSON file in the agent's
// state folder, written by `run` and by a person who accepts a count, read by every check.
struct CountMemory {
  static constexpr char kFileName[] = "qdrant_counts.json";

  std::map<std::string, RememberedCollection> collections;  // by CountKey

  bool operator==(const CountMemory&) const = default;
};
std::string CountKey(const std::string& url, const std::string& collection);

// What lies in the folder; empty when there is nothing that can be read. Blocks on the disk; any thread.
CountMemory ReadCountMemory(const std::string& state_folder);

CountMemory ParseCountMemory(std::string_view text);
std::string CountMemoryText(const CountMemory& memory);

// Takes in what a check saw. A higher count of a good collection is remembered; a lower one is not, so that a loss
// stays one until it is mended or accepted (the MCP server never deletes a point).
void Remember(const QdrantFacts& facts, const CheckSettings& settings, std::int64_t now_ms, CountMemory& memory);

// A person says that the count seen now is right.
void Accept(const QdrantFacts& facts, std::int64_t now_ms, CountMemory& memory);

}  // namespace fleet::agent
