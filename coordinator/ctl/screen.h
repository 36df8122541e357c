#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/terminal.h"
#include "dgmo/fleet/v1/finding.pb.h"

namespace fleet::coordinator {

namespace v1 = ::dgmo::fleet::v1;

// How texts for a person are to look: whether colour is wanted, and what time it is for "2 h left".
struct Screen {
  bool colour = false;
  std::int64_t now_ms = 0;
};

// A table whose rows have a colour each. Cells are made printable.
class ColouredTable {
 public:
  explicit ColouredTable(std::vector<std::string> header) : table_(std::move(header)) {}
  void Add(Colour colour, std::vector<std::string> row);
  std::string Text(const Screen& screen) const;

 private:
  Table table_;
  std::vector<Colour> colours_{Colour::kBold};
};

Colour ColourOfWire(v1::Severity severity);
Colour ColourOfHealth(std::string_view health);

// "2 h 10 min left", "overdue by 5 min"
std::string TimeLeftText(std::int64_t due_ms, std::int64_t now_ms);
// "3 min ago", "never" for zero
std::string AgoText(std::int64_t then_ms, std::int64_t now_ms);
// "1 machine", "2 machines"
std::string CountText(std::int64_t count, std::string_view singular, std::string_view plural);

}  // namespace fleet::coordinator
