#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::agent {

// "1 message", "3 messages".
inline std::string CountText(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace fleet::agent
