#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::agent {

// Where JSON text stops being JSON: the offset of the first byte that cannot follow, the size of the text when it
// merely ends too early. nullopt when it is well-formed.
std::optional<std::int64_t> JsonErrorOffset(std::string_view text);

}  // namespace fleet::agent
