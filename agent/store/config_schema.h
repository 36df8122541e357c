#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace fleet::agent {

// Whose names and keys a configuration goes by. Files named after opencode are also written for the original product,
// which knows more keys; those are never called unknown.
enum class ConfigDialect : std::uint8_t { kDgmo, kOpencode };

// One thing in a configuration that dgmo refuses. Holds keys of the file and never a value.
struct SchemaViolation {
  std::string pointer;   // JSON pointer of the offending key
  std::string expected;  // "a text", "one of: read-only, all-tools", "no such key"

  bool operator==(const SchemaViolation&) const = default;
};

// All that dgmo's closed schema refuses in a configuration (catalogue: "Configuration"), in the order of its keys.
// Pure; the keys of all builds are accepted.
std::vector<SchemaViolation> ViolationsOf(const nlohmann::json& config, ConfigDialect dialect);

}  // namespace fleet::agent
