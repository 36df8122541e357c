#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/probe/log_files.h"

namespace re2 {
class RE2;
}

namespace fleet::agent {

// The guide's two searches in logs. The lines are the user's: for their own terminal only.
enum class LogSearch : std::uint8_t {
  kErrors,    // lines with ERROR or FATAL, with ten lines before and after
  kMentions,  // lines with error, failed or exception, in any case
};

struct FoundLine {
  std::int64_t line = 0;  // from 1
  std::string_view text;
  bool selected = false;   // else it is context
  bool after_gap = false;  // lines between it and the one before are left out
};

// Looks through logs. Any thread; one at a time.
class LogSearcher {
 public:
  static constexpr std::size_t kContext = 10;

  explicit LogSearcher(LogSearch search);
  ~LogSearcher();

  bool Selects(std::string_view line) const;

  // The lines that are not older than `since_ms` and that the search selects, with their context. Undated lines are as
  // old as the last dated one before them. Returns how many were selected.
  std::int64_t Search(const LogFile& file, std::int64_t since_ms,
                      absl::FunctionRef<void(const FoundLine&)> visit) const;

 private:
  std::size_t context_;
  std::unique_ptr<re2::RE2> wanted_;
};

}  // namespace fleet::agent
