#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace fleet {

// The snapshot of the Qdrant double: a tar with a config.json and a shard, as a real one is, whose content only the
// double reads. nullopt: the bytes are no such archive.
std::string PackQdrantSnapshot(const nlohmann::json& dump, const std::string& version);
std::optional<nlohmann::json> UnpackQdrantSnapshot(const std::string& bytes);

}  // namespace fleet
