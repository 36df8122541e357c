#include "agent/cli/log_search.h"

#include <re2/re2.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "agent/probe/log_line.h"

namespace fleet::agent {

namespace {

// What was selected last and what may become the context of the next.
class Context {
 public:
  Context(std::size_t size, absl::FunctionRef<void(const FoundLine&)> visit) : size_(size), visit_(visit) {}

  void Add(std::int64_t line, std::string_view text, bool selected) {
    if (selected) {
      for (const auto& [number, before] : before_) Show(number, before, false);
      before_.clear();
      after_ = size_;
      Show(line, text, true);
    } else if (after_ > 0) {
      --after_;
      Show(line, text, false);
    } else if (size_ > 0) {
      before_.emplace_back(line, text);
      if (before_.size() > size_) before_.pop_front();
    }
  }

 private:
  void Show(std::int64_t line, std::string_view text, bool selected) {
    visit_({line, text, selected, last_ > 0 && line > last_ + 1});
    last_ = line;
  }

  std::size_t size_;
  absl::FunctionRef<void(const FoundLine&)> visit_;
  std::deque<std::pair<std::int64_t, std::string>> before_;
  std::size_t after_ = 0;
  std::int64_t last_ = 0;
};

RE2::Options Bytes(bool case_sensitive) {
  RE2::Options options(RE2::Latin1);
  options.set_case_sensitive(case_sensitive);
  return options;
}

}  // namespace

LogSearcher::LogSearcher(LogSearch search)
    : context_(search == LogSearch::kErrors ? kContext : 0),
      wanted_(search == LogSearch::kErrors ? std::make_unique<RE2>("ERROR|FATAL", Bytes(true))
                                           : std::make_unique<RE2>("error|failed|exception", Bytes(false))) {}

LogSearcher::~LogSearcher() = default;

bool LogSearcher::Selects(std::string_view line) const {
  return wanted_->Match({line.data(), line.size()}, 0, line.size(), RE2::UNANCHORED, nullptr, 0);
}

std::int64_t LogSearcher::Search(const LogFile& file, std::int64_t since_ms,
                                 absl::FunctionRef<void(const FoundLine&)> visit) const {
  std::int64_t selected = 0;
  const std::int64_t file_ms = file.stat().mtime_ms();
  if (file_ms < since_ms) return selected;
  Context context(context_, visit);
  LinePosition position;
  std::int64_t budget = std::numeric_limits<std::int64_t>::max();
  std::int64_t time_ms = file_ms;
  ReadLines(file, position, budget, [&](std::string_view lines, bool) {
    std::int64_t number = position.line;
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', begin), lines.size());
      const std::string_view line = lines.substr(begin, end - begin);
      if (const auto time = ParseLogLine(line).time_ms) time_ms = *time;
      const bool wanted = time_ms >= since_ms && Selects(line);
      selected += wanted ? 1 : 0;
      context.Add(++number, line, wanted);
      begin = end + 1;
    }
  });
  return selected;
}

}  // namespace fleet::agent
