#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// JSON with comments and trailing commas, as editors know it, turned into plain JSON: both become blanks, so that
// offsets stay true. Comments inside texts stay. What is no such JSON either comes back as no JSON.
struct PlainJson {
  std::string text;
  std::optional<std::int64_t> first;  // offset of the first comment or trailing comma; nullopt: there was none
};
PlainJson WithoutComments(std::string_view text);

}  // namespace fleet::agent
