#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/probe/log_files.h"
#include "agent/probe/log_tally.h"

namespace fleet::agent {

// Follows logs from sweep to sweep and remembers, in memory only, how far it has read each: what is written costs one
// reading. A file is known by its inode and its first bytes, so that one that was renamed is read to its end, and one
// that was cut and written anew (dgmo's interface does so at each start) is read from its begin. What was seen in a
// file that is gone still was seen. Blocks on the disk; one thread at a time.
class LogFollower {
 public:
  struct Limits {
    std::int64_t first_bytes = std::int64_t{8} << 20;   // of a file met for the first time only so much of its end
    std::int64_t sweep_bytes = std::int64_t{64} << 20;  // in one sweep; the rest is read in the next ones
    std::int64_t window_ms = 24 * 3'600'000;            // what is older does not count
    std::size_t most_files = 1'000;                     // the last written ones

    friend bool operator==(const Limits&, const Limits&) = default;
  };

  LogFollower(std::shared_ptr<const PatternMatcher> matcher, const Limits& limits)
      : tally_(std::move(matcher), limits.window_ms), limits_(limits) {}

  // What these folders' logs say now. Folders and files that could not be looked at, or not yet to their end, go to
  // `unknown`; a folder or file that is not there says nothing.
  LogFacts Sweep(const std::vector<LogFolder>& folders, std::int64_t now_ms, std::vector<std::string>& unknown);

 private:
  using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode
  struct Met;

  struct Known {
    std::string head;  // first bytes
    LinePosition position;
    std::int64_t size = -1;  // when it was last read
    std::int64_t mtime_ns = 0;
    bool read_to_end = false;
    std::optional<std::int64_t> last_time_ms;  // of the last dated line before the position
    std::vector<bool> counted;                 // patterns counted in the unfinished line at the position
    LogFacts::File facts;
    std::uint64_t last_sweep = 0;  // that met it
  };

  void ListFolder(const LogFolder& folder, std::vector<Met>& met, std::vector<std::string>& unknown) const;
  void ReadOn(const Met& met, std::int64_t now_ms, LogFacts& facts, std::vector<std::string>& unknown);
  void Greet(const LogFile& file, const Met& met, std::int64_t now_ms, Known& known) const;
  void ReadNew(const LogFile& file, Known& known, LogFacts& facts);
  void MatchLines(std::string_view lines, bool whole, Known& known);

  LogTally tally_;
  Limits limits_;
  std::map<FileId, Known> known_;
  std::uint64_t sweep_ = 0;
  std::int64_t budget_ = 0;
  std::int64_t oldest_ms_ = 0;  // what is older does not count in this sweep
};

}  // namespace fleet::agent
