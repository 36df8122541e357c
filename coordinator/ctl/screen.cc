#include "coordinator/ctl/screen.h"

#include "common/time_text.h"

namespace fleet::coordinator {

void ColouredTable::Add(Colour colour, std::vector<std::string> row) {
  colours_.push_back(colour);
  table_.Add(std::move(row));
}

std::string ColouredTable::Text(const Screen& screen) const {
  const std::string plain = table_.Text();  // one line a row: cells hold no line breaks once printable
  std::string text;
  std::size_t start = 0;
  for (const Colour colour : colours_) {
    const std::size_t end = plain.find('\n', start);
    if (end == std::string::npos) break;
    text += Paint(colour, std::string_view(plain).substr(start, end - start), screen.colour) + "\n";
    start = end + 1;
  }
  return text;
}

Colour ColourOfWire(v1::Severity severity) {
  if (severity < v1::SEVERITY_P0 || severity > v1::SEVERITY_P3) return Colour::kNone;
  return ColourOf(static_cast<Severity>(static_cast<int>(severity) - 1));
}

Colour ColourOfHealth(std::string_view health) {
  if (health == "emergency" || health == "critical") return Colour::kRed;
  if (health == "warning") return Colour::kYellow;
  if (health == "recovering") return Colour::kBlue;
  return health == "healthy" ? Colour::kGreen : Colour::kNone;
}

std::string TimeLeftText(std::int64_t due_ms, std::int64_t now_ms) {
  const std::string duration = DurationText(due_ms - now_ms);
  return due_ms > now_ms ? duration + " left" : "overdue by " + duration;
}

std::string AgoText(std::int64_t then_ms, std::int64_t now_ms) {
  if (then_ms == 0) return "never";
  return then_ms > now_ms ? "now" : DurationText(now_ms - then_ms) + " ago";
}

std::string CountText(std::int64_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

}  // namespace fleet::coordinator
