#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// A string as dgmo's JavaScript has it: UTF-16 units, half surrogate pairs included. dgmo cuts texts by units, so
// cutting and writing them the same way needs this and no other form. Pure.
using JsText = std::u16string;

// What a JSON string (with its quotes) stands for; nullopt when it is not one.
std::optional<JsText> FromJsonString(std::string_view quoted);

// Of valid UTF-8; other bytes become U+FFFD.
JsText FromUtf8(std::string_view bytes);

// As JSON.stringify writes it, quotes included: half surrogate pairs as \udxxx, everything else that may stand for
// itself does.
std::string ToJsonString(std::u16string_view text);

// The first `count` characters; no surrogate pair is torn.
JsText FirstCharacters(std::u16string_view text, std::size_t count);

// The first `count` words, one blank between them.
JsText FirstWords(std::u16string_view text, std::size_t count);

}  // namespace fleet::agent
