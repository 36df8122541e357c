#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace fleet::agent {

// Lines of error level (catalogue: "Logs"): dgmo's "ERROR 2025-...", its terminal interface's "level=ERROR", and
// "ERROR" or "FATAL" as a word anywhere. Pure.
std::int64_t CountErrorLines(std::string_view text);

// Follows log files: what they hold when first seen is old. Reads at most a megabyte a look. One thread.
class LogTail {
 public:
  // Whether the path looks like a log file.
  static bool IsLog(const std::string& path);
  // Takes what a folder's log files hold now as known.
  void Begin(const std::string& folder);
  // How many error lines came since the last look.
  std::int64_t NewErrors(const std::string& path);

 private:
  struct File {
    std::uint64_t inode = 0;
    std::int64_t offset = 0;
  };
  std::map<std::string, File> files_;
};

}  // namespace fleet::agent
