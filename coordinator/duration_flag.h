#pragma once

#include <absl/time/time.h>

#include <CLI/Validators.hpp>
#include <string>

namespace fleet::coordinator {

// For options such as "30m" or "1h30m": the value becomes milliseconds. From 1 ms to 30 days.
inline CLI::Validator DurationMs() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        absl::Duration duration;
        if (!absl::ParseDuration(text, &duration) || duration < absl::Milliseconds(1) ||
            duration > absl::Hours(30 * 24)) {
          return "\"" + text + "\" is not a duration such as 10s, 30m or 2h (at most 720h)";
        }
        text = std::to_string(absl::ToInt64Milliseconds(duration));
        return {};
      },
      "DURATION");
}

}  // namespace fleet::coordinator
