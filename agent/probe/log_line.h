#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::agent {

enum class LogLevel : std::uint8_t { kNone, kDebug, kInfo, kWarn, kError, kFatal };

// What the beginning of a line says (catalogue: "Logs"): dgmo's server log, the log of its terminal interface, the list
// of executed tasks, and whatever else begins with a level or a time. A line without a time is a continuation of the
// one before it.
struct LogLine {
  LogLevel level = LogLevel::kNone;
  std::optional<std::int64_t> time_ms;  // of the Unix epoch; times without a zone are UTC, as dgmo writes them
  std::string_view rest;                // behind level and time; into the line
};
LogLine ParseLogLine(std::string_view line);

// A time such as 2025-07-08T09:15:04, 2025-07-08 09:15:04.120 or 2025-07-08T17:15:04.120+08:00 at the begin of `text`,
// and how many bytes it takes. nullopt when there is none, or no such day or hour.
struct LogTime {
  std::int64_t ms = 0;
  std::size_t length = 0;
};
std::optional<LogTime> ParseLogTime(std::string_view text);

// When the process that writes this file was started, from a name such as 2025-07-08T091502.log.
std::optional<std::int64_t> StartFromName(std::string_view name);

// One line of task-debug.log. The description is the user's: for their own terminal only.
struct ExecutedTask {
  std::int64_t time_ms = 0;
  std::string_view session;
  std::string_view description;
};
std::optional<ExecutedTask> ParseExecutedTask(std::string_view line);

}  // namespace fleet::agent
