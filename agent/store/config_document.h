#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/store/config_schema.h"
#include "agent/store/document.h"

namespace fleet::agent {

// What is wrong with one configuration file. Nothing of its values.
struct ConfigDocument {
  std::optional<Fault> fault;  // of the bytes; a byte order mark is none, dgmo's reader accepts it
  std::optional<std::int64_t>
      comments;  // the fault is nothing but these: offset of the first comment or trailing comma
  std::vector<SchemaViolation> violations;  // also of a file with comments, once they are gone
};

// Reads one; `value` is what it holds, null when that cannot be told. Values may be secrets. Pure.
ConfigDocument ReadConfigDocument(std::string_view bytes, ConfigDialect dialect, nlohmann::json& value);

// JSON as JavaScript reads it, halves of surrogate pairs and enormous numbers included; discarded when it is none, or
// nested deeper than anything that is written on purpose.
nlohmann::json ParseAsJavaScript(std::string_view text);

// Lays what `above` says over `below`: objects are merged, everything else is replaced.
void MergeConfig(const nlohmann::json& above, nlohmann::json& below);

}  // namespace fleet::agent
