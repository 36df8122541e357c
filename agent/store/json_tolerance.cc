#include "agent/store/json_tolerance.h"

#include <cctype>
#include <cstdlib>
#include <string>

namespace fleet::agent {

namespace {

// The four hex digits after "\u" at `at`, or -1.
int EscapedUnit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    if (std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return -1;
    unit = unit * 16 + (text[i] <= '9' ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10);
  }
  return unit;
}

bool IsHigh(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLow(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

std::size_t SkipDigits(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

// End of the JSON number at `at`; `at` itself when there is none.
std::size_t NumberEnd(std::string_view text, std::size_t at, bool& enormous) {
  const std::size_t whole = text[at] == '-' ? at + 1 : at;
  std::size_t end = SkipDigits(text, whole);
  if (end == whole || (text[whole] == '0' && end > whole + 1)) return at;
  enormous = end - whole > 18;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = SkipDigits(text, end + 1);
    if (fraction == end + 1) return at;
    end = fraction;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t digits = end + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    const std::size_t exponent = SkipDigits(text, digits);
    if (exponent == digits) return at;
    enormous = enormous || exponent - digits > 3 ||
               std::atoi(std::string(text.substr(digits, exponent - digits)).c_str()) > 280;
    end = exponent;
  }
  return end;
}

// Writes 0.000… over the number, its sign kept.
void Overwrite(char* number, std::size_t length) {
  const std::size_t first = number[0] == '-' ? 1 : 0;
  for (std::size_t i = first; i < length; ++i) number[i] = i == first + 1 ? '.' : '0';
}

}  // namespace

bool NeutraliseWhatJavaScriptReads(PaddedText& text) {
  const std::string_view view = text.view();
  bool changed = false;
  bool in_string = false;
  for (std::size_t i = 0; i < view.size(); ++i) {
    const char c = view[i];
    if (in_string && c == '\\') {
      const int unit = EscapedUnit(view, i);
      if (IsHigh(unit) && IsLow(EscapedUnit(view, i + 6))) {
        i += 11;
      } else if (IsHigh(unit) || IsLow(unit)) {
        for (std::size_t k = 0; k < 4; ++k) text.data()[i + 2 + k] = "FFFD"[k];
        changed = true;
        i += 5;
      } else {
        ++i;
      }
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
      bool enormous = false;
      const std::size_t end = NumberEnd(view, i, enormous);
      if (end == i) continue;
      if (enormous) {
        Overwrite(text.data() + i, end - i);
        changed = true;
      }
      i = end - 1;
    }
  }
  return changed;
}

}  // namespace fleet::agent
