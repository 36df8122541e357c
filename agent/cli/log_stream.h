#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/cli/log_search.h"
#include "agent/probe/log_files.h"
#include "common/pattern_matcher.h"

namespace fleet::agent {

// Lines of errors as they are written: those with ERROR or FATAL, and those that a pattern matches. One thread.
class LogStream {
 public:
  struct Line {
    std::string path;
    std::int64_t line = 0;
    std::int64_t time_ms = 0;  // of the line, else when it was read
    std::string_view text;
    std::vector<std::string> patterns;  // names
  };

  // Begins at the end of what is there now.
  LogStream(std::shared_ptr<const PatternMatcher> matcher, std::vector<LogFolder> folders);

  // What was written since the last call.
  void Poll(std::int64_t now_ms, absl::FunctionRef<void(const Line&)> visit);

 private:
  void ReadOn(const std::string& path, const LogFile& file, std::int64_t now_ms,
              absl::FunctionRef<void(const Line&)> visit);

  std::shared_ptr<const PatternMatcher> matcher_;
  std::vector<LogFolder> folders_;
  LogSearcher errors_{LogSearch::kErrors};
  struct Place {
    std::uint64_t inode = 0;
    LinePosition position;
  };
  std::map<std::string, Place> places_;  // by path
};

}  // namespace fleet::agent
