#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// Reads TOML. nullopt when it is none, and `fault` says from which line on; nothing of the text.
std::optional<toml::table> ParseToml(std::string_view text, std::string& fault);

}  // namespace fleet::agent
