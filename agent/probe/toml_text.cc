#include "agent/probe/toml_text.h"

#include <algorithm>

namespace fleet::agent {

namespace {

// The offset behind the quoted text that begins at `at`: of one line, or of several when it begins with three quotes.
std::size_t EndOfQuoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool several = text.substr(at, 3) == three;
  for (at += several ? 3 : 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (several && text.substr(at, 3) == three) {
      at += 3;
      // The text itself may end in two quotes.
      for (int more = 0; more < 2 && at < text.size() && text[at] == quote; ++more) ++at;
      return at;
    } else if (!several && (text[at] == quote || text[at] == '\n')) {
      return at + 1;
    }
  }
  return text.size();
}

bool IsBareKey(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Whether the head of a table that begins at `at` begins with a key; one that ends at once is left to the library.
bool HasKey(std::string_view text, std::size_t at) {
  at += text.substr(at, 2) == "[[" ? 2 : 1;
  at = text.find_first_not_of(" \t", at);
  if (at == std::string_view::npos) return true;
  const char c = text[at];
  return IsBareKey(c) || c == '"' || c == '\'' || c == ']' || c == '[';
}

// Where something stands that no TOML has there and that the library takes for impossible: its behaviour is undefined
// then. Characters beyond ASCII outside of quotes and comments; a table's head without a key.
std::size_t Impossible(std::string_view text) {
  int depth = 0;
  bool at_line_begin = true;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      at = EndOfQuoted(text, at);
      at_line_begin = text[at - 1] == '\n';
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) return at;
    if (c == '[' && depth == 0 && at_line_begin && !HasKey(text, at)) return at;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c != ' ' && c != '\t') at_line_begin = c == '\n' || c == '\r';
    ++at;
  }
  return std::string_view::npos;
}

std::string FaultFrom(std::size_t line) { return "not TOML from line " + std::to_string(line) + " on"; }

}  // namespace

std::optional<toml::table> ParseToml(std::string_view text, std::string& fault) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (const std::size_t stray = Impossible(text); stray != std::string_view::npos) {
    fault = FaultFrom(1 + static_cast<std::size_t>(
                              std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(stray), '\n')));
    return std::nullopt;
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    fault = FaultFrom(error.source().begin.line);
    return std::nullopt;
  }
}

}  // namespace fleet::agent
