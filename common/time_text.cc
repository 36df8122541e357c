#include "common/time_text.h"

#include <absl/time/time.h>

#include <cstdlib>

namespace fleet {

std::string TimeText(std::int64_t ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(ms), absl::UTCTimeZone());
}

std::optional<std::int64_t> ParseTimeText(const std::string& text) {
  absl::Time time;
  std::string error;
  for (const char* format :
       {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d_%H-%M-%S"}) {
    if (absl::ParseTime(format, text, &time, &error)) return absl::ToUnixMillis(time);
  }
  return std::nullopt;
}

std::string TimeNameText(std::int64_t ms) {
  return absl::FormatTime("%Y-%m-%d_%H-%M-%S", absl::FromUnixMillis(ms), absl::UTCTimeZone());
}

std::string DurationText(std::int64_t ms) {
  const std::int64_t seconds = std::llabs(ms) / 1000;
  const auto part = [](std::int64_t n, const char* unit) { return std::to_string(n) + " " + unit; };
  if (seconds < 60) return part(seconds, "s");
  if (seconds < 3600) return part(seconds / 60, "min");
  if (seconds < 86400) return part(seconds / 3600, "h") + " " + part(seconds % 3600 / 60, "min");
  return part(seconds / 86400, "d") + " " + part(seconds % 86400 / 3600, "h");
}

}  // namespace fleet
