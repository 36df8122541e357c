#include "agent/repair/encoding_text.h"

#include <iconv.h>

#include <algorithm>

#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

// nullopt for bytes that the encoding does not have, and where the C library lacks it.
std::optional<std::string> Converted(std::string_view bytes, const char* from) {
  iconv_t converter = iconv_open("UTF-8", from);
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  // Neither encoding has characters that take more than three bytes a unit.
  std::string in(bytes);
  std::string out(bytes.size() * 3 + 4, '\0');
  char* in_at = in.data();
  char* out_at = out.data();
  std::size_t in_left = in.size();
  std::size_t out_left = out.size();
  const std::size_t result = iconv(converter, &in_at, &in_left, &out_at, &out_left);
  iconv_close(converter);
  if (result == static_cast<std::size_t>(-1) || in_left > 0) return std::nullopt;
  out.resize(out.size() - out_left);
  return out;
}

std::optional<DecodedText> From(std::string_view bytes, const char* encoding, std::string was) {
  std::optional<std::string> text = Converted(bytes, encoding);
  if (!text) return std::nullopt;
  return DecodedText{*std::move(text), std::move(was)};
}

// Characters that are UTF-8 already stay what they are: an editor that adds one letter in its own encoding does not
// convert the others, and reading those as Windows-1252 would garble them.
std::optional<DecodedText> FromSingleBytes(std::string_view bytes) {
  std::string text;
  bool is_mixed = false;
  const auto keep = [&](std::string_view valid) {
    is_mixed = is_mixed || std::any_of(valid.begin(), valid.end(), [](char c) { return (c & 0x80) != 0; });
    text += valid;
  };
  for (std::size_t at = InvalidUtf8At(bytes); at != std::string_view::npos; at = InvalidUtf8At(bytes)) {
    keep(bytes.substr(0, at));
    const std::optional<std::string> letter = Converted(bytes.substr(at, 1), "WINDOWS-1252");
    if (!letter) return std::nullopt;
    text += *letter;
    bytes.remove_prefix(at + 1);
  }
  keep(bytes);
  return DecodedText{std::move(text), is_mixed ? "UTF-8 with letters of Windows-1252" : "Windows-1252"};
}

}  // namespace

std::optional<DecodedText> DecodeText(std::string_view bytes) {
  if (bytes.substr(0, 2) == "\xFF\xFE") return From(bytes.substr(2), "UTF-16LE", "UTF-16");
  if (bytes.substr(0, 2) == "\xFE\xFF") return From(bytes.substr(2), "UTF-16BE", "UTF-16");
  const bool marked = bytes.substr(0, kUtf8Mark.size()) == kUtf8Mark;
  if (marked) bytes.remove_prefix(kUtf8Mark.size());
  if (InvalidUtf8At(bytes) != std::string_view::npos) return FromSingleBytes(bytes);
  return DecodedText{std::string(bytes), marked ? "UTF-8 with a byte order mark" : "UTF-8"};
}

}  // namespace fleet::agent
