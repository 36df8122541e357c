#include "coordinator/core/outbox.h"

#include <algorithm>
#include <functional>

namespace fleet::coordinator {

namespace {

constexpr std::int64_t kFirstWaitMs = 5'000;
constexpr std::int64_t kLongestWaitMs = 3'600'000;

template <class Visit>
void ForEachNotice(const FleetState& state, const std::string& incident_id, const Visit& visit) {
  const auto& notices = state.notices();
  for (auto row = notices.lower_bound(NoticeKey{incident_id, 0}); row != notices.end(); ++row) {
    if (row->first.incident_id != incident_id) return;
    visit(*row->second);
  }
}

}  // namespace

Outbox OutboxOf(const FleetState& state, const std::string& incident_id, const std::string& channel) {
  Outbox outbox;
  ForEachNotice(state, incident_id, [&](const NoticeRow& row) {
    if (row.channel != channel) return;
    if (!row.thread.empty()) outbox.thread = row.thread;
    const bool is_past = row.state != NoticeState::kWaiting && row.notice.kind == NoticeKind::kReminder;
    if (is_past) outbox.past_reminders.push_back(row.key());
    const bool is_end = row.notice.kind == NoticeKind::kClosed;
    if (row.state == NoticeState::kWaiting) outbox.waiting.push_back(row.key());
    if (is_end) {
      outbox.is_told = outbox.may_know = false;
      outbox.untried.clear();
    } else if (row.state == NoticeState::kWaiting && row.attempts == 0) {
      outbox.untried.push_back(row.key());
    }
    if (row.notice.kind != NoticeKind::kOpened || row.state == NoticeState::kDead) return;
    outbox.is_told = true;
    outbox.may_know = row.attempts > 0;
  });
  return outbox;
}

std::set<std::string> ChannelsOf(const FleetState& state, const std::string& incident_id) {
  std::set<std::string> channels;
  ForEachNotice(state, incident_id, [&](const NoticeRow& row) { channels.insert(row.channel); });
  return channels;
}

void ReleaseNext(const FleetState& state, const NoticeRow& ended, std::int64_t now_ms, std::vector<Change>& changes) {
  const bool nobody_knows = ended.state == NoticeState::kDead && ended.notice.kind == NoticeKind::kOpened;
  bool released = false;
  bool skipping = nobody_knows;
  ForEachNotice(state, ended.notice.incident_id, [&](const NoticeRow& row) {
    if (row.channel != ended.channel || row.number <= ended.number || row.state != NoticeState::kWaiting) return;
    skipping &= row.notice.kind != NoticeKind::kOpened;
    if (skipping) {
      changes.push_back(Drop<NoticeRow>(row.key()));
    } else if (!released) {
      released = true;
      NoticeRow next = row;
      next.due_ms = now_ms;
      changes.push_back(Put(std::move(next)));
    }
  });
}

std::int64_t BackOffMs(std::int64_t attempts, const std::string& notice_id) {
  const int doublings = static_cast<int>(std::clamp<std::int64_t>(attempts - 1, 0, 20));
  const std::int64_t wait = std::min(kFirstWaitMs << doublings, kLongestWaitMs);
  // Up to a quarter more, so that many that failed together do not come again together.
  const std::size_t spread = std::hash<std::string>()(notice_id + std::to_string(attempts));
  return wait + static_cast<std::int64_t>(spread % static_cast<std::size_t>(wait / 4));
}

}  // namespace fleet::coordinator
