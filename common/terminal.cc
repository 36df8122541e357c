#include "common/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "common/utf8.h"

namespace fleet {

namespace {

// Columns a terminal gives the text. Enough for names and the guide's symbols; not a full wcwidth.
std::size_t Width(std::string_view utf8) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
    }
    const bool zero = point == 0xFE0F || point == 0x200D || (point >= 0x300 && point <= 0x36F);
    const bool wide = (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
                      (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
                      (point >= 0xFF00 && point <= 0xFF60) || point >= 0x1F300 || point == 0x2705 || point == 0x274C ||
                      point == 0x26A0;
    width += zero ? 0 : wide ? 2 : 1;
    i += length;
  }
  return width;
}

}  // namespace

bool WantsColour() {
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (none == nullptr || *none == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string Paint(Colour colour, std::string_view text, bool wanted) {
  if (!wanted || colour == Colour::kNone) return std::string(text);
  static constexpr std::string_view kCodes[] = {"", "31", "33", "32", "34", "2", "1"};
  std::string out = "\x1b[";
  out.append(kCodes[static_cast<int>(colour)]).append("m").append(text).append("\x1b[0m");
  return out;
}

Colour ColourOf(Severity severity) {
  static constexpr Colour kColours[] = {Colour::kRed, Colour::kRed, Colour::kYellow, Colour::kDim};
  return kColours[static_cast<int>(severity)];
}

Table::Table(std::vector<std::string> header) { Add(std::move(header)); }

void Table::Add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = ToPrintable(cell);
  rows_.push_back(std::move(row));
}

std::string Table::Text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace fleet
