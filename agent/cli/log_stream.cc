#include "agent/cli/log_stream.h"

#include <limits>

#include "agent/probe/log_line.h"

namespace fleet::agent {

LogStream::LogStream(std::shared_ptr<const PatternMatcher> matcher, std::vector<LogFolder> folders)
    : matcher_(std::move(matcher)), folders_(std::move(folders)) {
  Poll(0, [](const Line&) {});
}

void LogStream::Poll(std::int64_t now_ms, absl::FunctionRef<void(const Line&)> visit) {
  ForEachLog(folders_, [&](const std::string& path, const LogFile& file) {
    Place& place = places_[path];
    const bool is_new = place.inode != file.stat().inode || file.stat().size < place.position.offset;
    if (is_new) place = {file.stat().inode, {}};
    ReadOn(path, file, now_ms, visit);
  });
}

void LogStream::ReadOn(const std::string& path, const LogFile& file, std::int64_t now_ms,
                       absl::FunctionRef<void(const Line&)> visit) {
  LinePosition& position = places_[path].position;
  std::int64_t budget = std::numeric_limits<std::int64_t>::max();
  ReadLines(file, position, budget, [&](std::string_view lines, bool whole) {
    if (!whole) return;
    std::int64_t number = position.line;
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', begin), lines.size());
      const std::string_view text = lines.substr(begin, end - begin);
      Line line{path, ++number, ParseLogLine(text).time_ms.value_or(now_ms), text, {}};
      matcher_->Match(text, [&](std::size_t pattern, std::string_view) {
        line.patterns.push_back(matcher_->catalogue().patterns()[pattern].name);
      });
      if (!line.patterns.empty() || errors_.Selects(text)) visit(line);
      begin = end + 1;
    }
  });
}

}  // namespace fleet::agent
