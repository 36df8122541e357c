#include "agent/store/jsonc.h"

#include <algorithm>

namespace fleet::agent {

namespace {

// The offset behind the text that begins at `at` with a quote.
std::size_t EndOfText(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// The offset behind the comment that begins at `at`; `at` itself when none does, or it never ends.
std::size_t EndOfComment(std::string_view text, std::size_t at) {
  const std::string_view opening = text.substr(at, 2);
  if (opening == "//") return std::min(text.find_first_of("\r\n", at), text.size());
  if (opening != "/*") return at;
  const std::size_t closing = text.find("*/", at + 2);
  return closing == std::string_view::npos ? at : closing + 2;
}

void Blank(std::size_t begin, std::size_t end, PlainJson& plain) {
  for (std::size_t i = begin; i < end; ++i) {
    if (plain.text[i] != '\n' && plain.text[i] != '\r') plain.text[i] = ' ';
  }
  const auto offset = static_cast<std::int64_t>(begin);
  plain.first = std::min(plain.first.value_or(offset), offset);
}

}  // namespace

PlainJson WithoutComments(std::string_view text) {
  PlainJson plain{std::string(text), std::nullopt};
  std::size_t comma = std::string_view::npos;  // the last thing seen, if it was one that a value precedes
  bool value_before = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (const std::size_t end = EndOfComment(text, at); end > at) {
      Blank(at, end, plain);
      at = end;
      continue;
    }
    if (c == '"') {
      at = EndOfText(text, at);
      comma = std::string_view::npos;
      value_before = true;
      continue;
    }
    if (c == ',') {
      comma = value_before ? at : std::string_view::npos;
      value_before = false;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      if ((c == '}' || c == ']') && comma != std::string_view::npos) Blank(comma, comma + 1, plain);
      comma = std::string_view::npos;
      value_before = c != '{' && c != '[' && c != ':';
    }
    ++at;
  }
  return plain;
}

}  // namespace fleet::agent
