#pragma once

#include <string>
#include <string_view>

namespace fleet {

// The text as valid UTF-8: bytes that are not part of it appear as \xNN. File names need not be UTF-8, but
// protobuf strings, JSON and terminals want it.
std::string ToUtf8(std::string_view bytes);

// As ToUtf8, and control characters appear as \xNN too: for a terminal, where an escape sequence in a file
// name must not act.
std::string ToPrintable(std::string_view bytes);

// Offset of the first byte that is not part of valid UTF-8; npos when there is none.
std::size_t InvalidUtf8At(std::string_view bytes);

}  // namespace fleet
