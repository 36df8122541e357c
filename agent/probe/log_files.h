#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/log_facts.h"
#include "agent/checks/home_model.h"
#include "agent/checks/settings.h"
#include "agent/store/directory.h"

namespace fleet::agent {

// A folder with logs in it. Links below `base` are not followed.
struct LogFolder {
  std::string base;      // absolute
  std::string relative;  // below it
  LogKind kind = LogKind::kServer;
  std::string only_name = {};       // empty: every *.log
  std::optional<uid_t> owner = {};  // of the files, when others can write there, too

  std::string path() const { return base + "/" + relative; }
  bool Wants(const std::string& name, uid_t owner_of_file) const;
};

// Where a home's logs are (catalogue: "Logs"), whether these folders exist or not.
std::vector<LogFolder> LogFoldersOf(const HomeModel& home, const CheckSettings& settings);

// A log opened for reading: a regular file that is not reached through a link. Movable; one thread at a time.
class LogFile {
 public:
  static absl::StatusOr<LogFile> Open(const Directory& folder, const std::string& name);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile();

  const FileStat& stat() const { return stat_; }
  // Up to `size` bytes from `offset` on; fewer at the end of the file, none behind it or when it cannot be read.
  std::string_view Read(std::int64_t offset, std::size_t size, std::string& buffer) const;

 private:
  LogFile(int fd, const FileStat& stat) : fd_(fd), stat_(stat) {}
  int fd_;
  FileStat stat_;
};

// Opens every log of these folders, by name. What cannot be opened is left out; returns its paths.
std::vector<std::string> ForEachLog(const std::vector<LogFolder>& folders,
                                    absl::FunctionRef<void(const std::string& path, const LogFile& file)> visit);

// Where reading a log stands: at the begin of a line, but for the rest of one that is being skipped.
struct LinePosition {
  std::int64_t offset = 0;
  std::int64_t line = 0;  // lines before it; below 0: not known
  bool skipping = false;
};

// Lines longer than this are skipped.
inline constexpr std::size_t kLongestLine = 256 * 1024;

// Reads on to the end, some hundred whole lines at a time, or until `budget` bytes are read, and takes it from the
// budget. `visit` gets the lines with their line feeds while the position still is where they begin; a last line
// without one comes with `whole` false, and the position stays before it. Returns how many lines were skipped.
std::int64_t ReadLines(const LogFile& file, LinePosition& position, std::int64_t& budget,
                       absl::FunctionRef<void(std::string_view lines, bool whole)> visit);

}  // namespace fleet::agent
