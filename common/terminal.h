#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/finding.h"

namespace fleet {

enum class Colour { kNone, kRed, kYellow, kGreen, kBlue, kDim, kBold };

// Whether stdout is a terminal that wants colour (NO_COLOR is unset and TERM is not "dumb").
bool WantsColour();

// The text in that colour when colour is wanted, else unchanged.
std::string Paint(Colour colour, std::string_view text, bool wanted);
Colour ColourOf(Severity severity);

// Columns as wide as their widest cell, two blanks between. Cells are made printable; wide characters
// count two columns.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void Add(std::vector<std::string> row);
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fleet
