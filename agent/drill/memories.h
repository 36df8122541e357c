#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/qdrant/admin.h"

namespace fleet::agent {

// Puts `count` memories into a collection, as an MCP server would have stored them: with vectors of `size` numbers that
// are called `vector_name`; empty: unnamed. Blocks on the network.
absl::Status StoreMemories(const QdrantAdmin& admin, const std::string& collection, const std::string& vector_name,
                           std::int64_t size, int count);

// The vector of one of them, to search for.
nlohmann::json VectorOfMemory(int number, std::int64_t size);

}  // namespace fleet::agent
