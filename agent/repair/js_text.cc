#include "agent/repair/js_text.h"

#include <cstdint>

namespace fleet::agent {

namespace {

constexpr char kHex[] = "0123456789abcdef";

bool IsHigh(char16_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLow(char16_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }
bool IsPairAt(std::u16string_view text, std::size_t at) {
  return IsHigh(text[at]) && at + 1 < text.size() && IsLow(text[at + 1]);
}

// JavaScript's white space, as far as texts contain it.
bool IsBlank(char16_t unit) {
  return unit == ' ' || (unit >= 9 && unit <= 13) || unit == 0xA0 || unit == 0x3000 || unit == 0xFEFF ||
         unit == 0x2028 || unit == 0x2029;
}

void AppendCodePoint(JsText& text, std::uint32_t code) {
  if (code < 0x10000) {
    text += static_cast<char16_t>(code);
  } else {
    text += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
    text += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
  }
}

// Length of the sequence its first byte announces; 0 for a byte that starts none.
std::size_t SequenceLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// Appends the character at the start of `bytes` and returns how many bytes it takes.
std::size_t AppendUtf8(JsText& text, std::string_view bytes) {
  static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = SequenceLength(first);
  std::uint32_t code = length <= 1 ? first : first & (0x7FU >> length);
  bool good = length > 0 && length <= bytes.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    good = (next & 0xC0U) == 0x80U;
    code = code << 6 | (next & 0x3FU);
  }
  good = good && code >= kLeast[length] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
  AppendCodePoint(text, good ? code : 0xFFFD);
  return good ? length : 1;
}

std::optional<char16_t> HexUnit(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  unsigned unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = digits[i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      unit = unit * 16 + static_cast<unsigned>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = unit * 16 + static_cast<unsigned>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return static_cast<char16_t>(unit);
}

// Appends what the escape after a backslash stands for; returns its length, 0 when it is none.
std::size_t AppendEscape(JsText& text, std::string_view escape) {
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr char16_t kUnits[] = u"\"\\/\b\f\n\r\t";
  if (escape.empty()) return 0;
  if (escape[0] == 'u') {
    const std::optional<char16_t> unit = HexUnit(escape.substr(1));
    if (!unit) return 0;
    text += *unit;
    return 5;
  }
  const std::size_t name = kNames.find(escape[0]);
  if (name == std::string_view::npos) return 0;
  text += kUnits[name];
  return 1;
}

void AppendUnitEscape(std::string& json, char16_t unit) {
  json += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) json += kHex[unit >> shift & 15];
}

void AppendAsUtf8(std::string& json, std::uint32_t code) {
  const auto tail = [&](int shift) { json += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) {
    json += static_cast<char>(code);
  } else if (code < 0x800) {
    json += static_cast<char>(0xC0U | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    json += static_cast<char>(0xE0U | code >> 12);
    tail(6);
    tail(0);
  } else {
    json += static_cast<char>(0xF0U | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

void AppendUnit(std::string& json, char16_t unit) {
  static constexpr std::u16string_view kNamed = u"\"\\\b\f\n\r\t";
  static constexpr char kNames[] = "\"\\bfnrt";
  const std::size_t named = kNamed.find(unit);
  if (named != std::u16string_view::npos) {
    json += '\\';
    json += kNames[named];
  } else if (unit < 0x20 || IsHigh(unit) || IsLow(unit)) {
    AppendUnitEscape(json, unit);
  } else {
    AppendAsUtf8(json, unit);
  }
}

}  // namespace

std::optional<JsText> FromJsonString(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
  std::string_view rest = quoted.substr(1, quoted.size() - 2);
  JsText text;
  text.reserve(rest.size());
  while (!rest.empty()) {
    if (rest[0] == '"') return std::nullopt;
    std::size_t used = 0;
    if (rest[0] == '\\') {
      used = AppendEscape(text, rest.substr(1));
      if (used++ == 0) return std::nullopt;
    } else {
      used = AppendUtf8(text, rest);
    }
    rest.remove_prefix(used);
  }
  return text;
}

JsText FromUtf8(std::string_view bytes) {
  JsText text;
  while (!bytes.empty()) bytes.remove_prefix(AppendUtf8(text, bytes));
  return text;
}

std::string ToJsonString(std::u16string_view text) {
  std::string json = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsPairAt(text, i)) {
      AppendAsUtf8(json, 0x10000U + (static_cast<std::uint32_t>(text[i] - 0xD800) << 10) + (text[i + 1] - 0xDC00U));
      ++i;
    } else {
      AppendUnit(json, text[i]);
    }
  }
  return json + '"';
}

JsText FirstCharacters(std::u16string_view text, std::size_t count) {
  std::size_t end = 0;
  for (; end < text.size() && count > 0; --count) end += IsPairAt(text, end) ? 2 : 1;
  return JsText(text.substr(0, end));
}

JsText FirstWords(std::u16string_view text, std::size_t count) {
  JsText words;
  std::size_t at = 0;
  while (count-- > 0) {
    while (at < text.size() && IsBlank(text[at])) ++at;
    std::size_t end = at;
    while (end < text.size() && !IsBlank(text[end])) ++end;
    if (end == at) break;
    if (!words.empty()) words += u' ';
    words += text.substr(at, end - at);
    at = end;
  }
  return words;
}

}  // namespace fleet::agent
