#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/qdrant/admin.h"
#include "agent/qdrant/points.h"

namespace fleet::agent {

// Memories in a collection of a drill, as an MCP server would have stored them. Blocks on the network.

// Makes the collection with this configuration of its vectors and puts `count` memories into it, whose vectors of
// `size` numbers are called `vector_name`; empty: unnamed.
absl::Status StoreMemories(const QdrantAdmin& admin, const std::string& collection, const nlohmann::json& vectors,
                           const std::string& vector_name, std::int64_t size, int count);

// All points of a collection by their ids.
using Memories = std::map<std::string, nlohmann::json>;
absl::StatusOr<Memories> AllMemories(const QdrantAdmin& admin, const std::string& collection);

// Of `expected`, the share that `actual` holds with the same payload, and the same vector under its new name.
double ShareRemembered(const Memories& expected, const VectorRename& rename, const Memories& actual);

// The vector of one of them, to search for.
nlohmann::json VectorOfMemory(int number, std::int64_t size);

}  // namespace fleet::agent
