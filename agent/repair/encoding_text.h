#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// A text that was saved in another encoding, in UTF-8 (catalogue: "Repairs", R-ENCODING).
struct DecodedText {
  std::string text;
  std::string was;  // for people: "UTF-16", "Windows-1252", "UTF-8 with a byte order mark"
};

// By its byte order mark; else what is not UTF-8 as Windows-1252, which contains ISO-8859-1. nullopt when it cannot be
// that either. Whether the result makes sense is for the caller to see. Pure.
std::optional<DecodedText> DecodeText(std::string_view bytes);

}  // namespace fleet::agent
