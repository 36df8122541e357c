#include "agent/bundle/log_excerpt.h"

#include <re2/re2.h>

#include <algorithm>
#include <vector>

namespace fleet::agent {

namespace {

constexpr std::size_t kLastLines = 100;
constexpr std::size_t kContext = 10;
constexpr std::size_t kMostErrorLines = 5000;

struct Line {
  std::int64_t offset = 0;
  std::string_view text;
};

std::vector<Line> SplitLines(std::string_view bytes, std::int64_t offset) {
  std::vector<Line> lines;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    lines.push_back({offset + static_cast<std::int64_t>(begin), bytes.substr(begin, end - begin)});
    begin = end + 1;
  }
  // What was cut off before is no line.
  if (offset > 0 && !lines.empty()) lines.erase(lines.begin());
  return lines;
}

std::string Shown(const Line& line, Redactor& redactor) {
  return "@" + std::to_string(line.offset) + " " + redactor.LogLine(line.text) + "\n";
}

}  // namespace

std::string LogExcerpt(std::string_view bytes, std::int64_t offset, Redactor& redactor) {
  static const RE2 kError("(?i)error|fatal|failed|exception");
  const std::vector<Line> lines = SplitLines(bytes, offset);
  std::vector<bool> wanted(lines.size(), false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!RE2::PartialMatch(re2::StringPiece(lines[i].text.data(), lines[i].text.size()), kError)) continue;
    const std::size_t end = std::min(i + kContext + 1, lines.size());
    for (std::size_t k = i - std::min(i, kContext); k < end; ++k) wanted[k] = true;
  }
  // The newest are kept.
  std::size_t first = lines.size();
  for (std::size_t count = 0; first > 0 && count < kMostErrorLines; --first) count += wanted[first - 1] ? 1 : 0;
  std::string text = "## Lines about errors, with 10 lines before and after\n";
  bool gap = false;
  for (std::size_t i = first, shown = 0; i < lines.size(); ++i) {
    if (!wanted[i]) {
      gap = shown > 0;
      continue;
    }
    if (gap) text += "--\n";
    gap = false;
    ++shown;
    text += Shown(lines[i], redactor);
  }
  text += "## The last 100 lines\n";
  for (std::size_t i = lines.size() - std::min(lines.size(), kLastLines); i < lines.size(); ++i) {
    text += Shown(lines[i], redactor);
  }
  return text;
}

}  // namespace fleet::agent
