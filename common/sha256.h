#pragma once

#include <string>
#include <string_view>

namespace fleet {

// SHA-256 as 64 lowercase hex digits.
std::string Sha256Hex(std::string_view bytes);

// Lowercase hex of any bytes.
std::string HexText(std::string_view bytes);

}  // namespace fleet
