#pragma once

#include <set>
#include <string>
#include <vector>

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// A notice that could not be delivered for so long is given up: a dead letter.
inline constexpr std::int64_t kGiveUpMs = std::int64_t{24} * 3'600'000;

// What one channel was or will be told of one incident.
struct Outbox {
  bool is_told = false;   // of the opening and not yet of the end, or will be
  bool may_know = false;  // the opening was delivered, or may have been
  std::vector<NoticeKey> waiting;
  std::vector<NoticeKey> untried;  // of those, what came after the last end
  std::vector<NoticeKey> past_reminders;
  std::string thread;  // as the channel gave it last
};
Outbox OutboxOf(const FleetState& state, const std::string& incident_id, const std::string& channel);

// Every channel that has a notice of the incident.
std::set<std::string> ChannelsOf(const FleetState& state, const std::string& incident_id);

// The end of a notice lets the next one of the same incident and channel go. What follows an opening that was refused
// has nobody to tell and goes too.
void ReleaseNext(const FleetState& state, const NoticeRow& ended, std::int64_t now_ms, std::vector<Change>& changes);

// How long to wait after so many failed attempts: seconds at first, an hour at most, and not the same for all.
std::int64_t BackOffMs(std::int64_t attempts, const std::string& notice_id);

}  // namespace fleet::coordinator
