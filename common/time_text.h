#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fleet {

// "2025-07-08T09:16:37.438Z"
std::string TimeText(std::int64_t ms);
// The other way round; also without the zone, which then is UTC, and as in names. nullopt: it is no time.
std::optional<std::int64_t> ParseTimeText(const std::string& text);
// "2025-07-08_09-16-37", for names of folders
std::string TimeNameText(std::int64_t ms);
// "3 h 12 min", "45 s", "2 d 4 h"; of an overdue (negative) duration the absolute value.
std::string DurationText(std::int64_t ms);

}  // namespace fleet
