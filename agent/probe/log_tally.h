#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/checks/facts/log_facts.h"
#include "common/pattern_matcher.h"

namespace fleet::agent {

// Counts which patterns were seen where and when, and forgets what is older than a window. Keeps no text. Counts are
// kept by the hour: one that is an hour older than the window may still be among them. One thread at a time.
class LogTally {
 public:
  static constexpr std::int64_t kHourMs = 3'600'000;
  static constexpr std::size_t kMostIds = 5;
  static constexpr std::size_t kMostPlaces = 10'000;  // so many files and patterns; what comes beyond is not counted

  LogTally(std::shared_ptr<const PatternMatcher> matcher, std::int64_t window_ms)
      : matcher_(std::move(matcher)), window_ms_(window_ms) {}

  struct Where {
    std::string path;
    std::int64_t time_ms = 0;
    std::int64_t line = 0;  // 0: not known
    bool dated_by_file = false;
  };
  // Counts what matches in one line. Patterns in `counted` were counted before and are not counted again; those that
  // match are added to it.
  void AddLine(std::string_view line, const Where& where, std::vector<bool>& counted);

  // Counts what matches in the lines of a text that is no log: an error a message holds, a summary. `id`, of the
  // session it belongs to, counts as named by it.
  void MatchText(std::string_view text, const std::string& path, std::int64_t time_ms, const std::string& id);

  // What was seen within the window, by path and pattern. Forgets what is older.
  std::vector<LogFacts::Hits> Recent(std::int64_t now_ms);

  const PatternMatcher& matcher() const { return *matcher_; }

 private:
  using Key = std::pair<std::string, std::size_t>;  // path, place in the catalogue
  using Hours = std::map<std::int64_t, LogFacts::Hits>;

  std::shared_ptr<const PatternMatcher> matcher_;
  std::int64_t window_ms_;
  std::map<Key, Hours> seen_;
};

// The ids of sessions and messages that a text names, a few at most.
std::set<std::string> IdsIn(std::string_view text);

}  // namespace fleet::agent
