#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/core/change.h"

namespace fleet::coordinator {

// Timelines end here, save for the line that resolves an incident: a fault that flaps must not fill the disk. People
// may add so many lines more.
inline constexpr std::int64_t kMaxTimeline = 200;
inline constexpr std::int64_t kMaxLinesOfPeople = 200;

// Adds a line to the timeline of the row, which the caller puts afterwards with Update.
void Say(IncidentRow& row, std::string_view what, std::string detail, std::int64_t now_ms,
         std::vector<Change>& changes);
void Update(IncidentRow row, std::int64_t now_ms, std::vector<Change>& changes);

// What an open incident is when no repair runs: open or acknowledged.
v1::IncidentState StateAtRest(const IncidentRow& row);

// The row is no longer acknowledged, for the reason that is given.
void EndAcknowledgement(const std::string& why, std::int64_t at_ms, std::int64_t now_ms, IncidentRow& row,
                        std::vector<Change>& changes);

}  // namespace fleet::coordinator
