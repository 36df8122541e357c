#include "agent/link/command_journal.h"

#include <algorithm>
#include <utility>

#include "agent/link/bounded_result.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMaxIdBytes = 128;
constexpr std::int64_t kMaxExpiryMs = std::int64_t{30} * 24 * 3600 * 1000;

v1::CommandResult Because(std::string_view reason, std::string_view summary) {
  v1::CommandResult result;
  result.set_reason(std::string(reason));
  result.set_summary(std::string(summary));
  return result;
}

std::chrono::milliseconds Left(std::int64_t ms) {
  return std::chrono::milliseconds(std::clamp<std::int64_t>(ms, 0, kMaxExpiryMs));
}

absl::Status CheckId(const std::string& command_id) {
  if (!command_id.empty() && command_id.size() <= kMaxIdBytes) return absl::OkStatus();
  return InvalidArgument("a command's id is empty or over 128 bytes; it is ignored");
}

}  // namespace

absl::Status CommandJournal::Recover(std::vector<CommandRecord> held, Instant now) {
  for (CommandRecord& record : held) {
    const std::uint64_t number = record.number;
    next_number_ = std::max(next_number_, number + 1);
    if (!numbers_.emplace(record.command_id, number).second) continue;
    Entry& entry = entries_[number];
    entry.expires = now.mono + Left(record.expires_ms - ToMillis(now.wall));
    if (record.acknowledged) entry.acknowledged = record.state;
    entry.record = std::move(record);
    if (entry.record.state != v1::COMMAND_STATE_STARTED) continue;
    End(entry, v1::COMMAND_STATE_UNKNOWN,
        Because("agent_restarted", "The agent was restarted while it ran; look at the repair journals and check again"),
        now);
  }
  Forget();
  return SaveUnsaved();
}

absl::Status CommandJournal::Offer(const v1::CommandOffer& offer, Instant now) {
  RETURN_IF_ERROR(CheckId(offer.command_id()));
  if (Entry* known = Look(offer.command_id())) {
    known->acknowledged = v1::COMMAND_STATE_UNSPECIFIED;
    return absl::OkStatus();
  }
  if (offer.action().ByteSizeLong() > kMaxActionBytes) {
    return InvalidArgument("command " + offer.command_id() + " is over 64 KiB; it is ignored");
  }
  Entry entry;
  entry.record.command_id = offer.command_id();
  entry.record.action = offer.action();
  const std::chrono::milliseconds left = Left(offer.expires_in_ms());
  entry.expires = now.mono + left;
  entry.record.expires_ms = ToMillis(now.wall + left);
  entry.record.received_ms = ToMillis(now.wall);
  return Add(std::move(entry));
}

absl::Status CommandJournal::Cancel(const std::string& command_id, Instant now) {
  RETURN_IF_ERROR(CheckId(command_id));
  if (Entry* known = Look(command_id)) {
    known->acknowledged = v1::COMMAND_STATE_UNSPECIFIED;
    if (known->record.state == v1::COMMAND_STATE_DELIVERED) {
      End(*known, v1::COMMAND_STATE_CANCELLED, Because("cancelled", "Cancelled before it began"), now);
    }
    return SaveUnsaved();
  }
  // Its offer was lost, and must not start it should it still come.
  Entry entry;
  entry.record.command_id = command_id;
  entry.record.received_ms = entry.record.expires_ms = ToMillis(now.wall);
  entry.record.state = v1::COMMAND_STATE_CANCELLED;
  entry.record.result = Because("cancelled", "Cancelled before it arrived");
  return Add(std::move(entry));
}

absl::Status CommandJournal::Add(Entry entry) {
  const auto open = std::count_if(entries_.begin(), entries_.end(),
                                  [](const auto& numbered) { return !numbered.second.record.acknowledged; });
  if (static_cast<std::size_t>(open) >= kMaxUnacknowledged) {
    return ResourceExhausted("command " + entry.record.command_id +
                             " is ignored: the coordinator has not acknowledged how the last 1000 ended");
  }
  entry.record.number = next_number_;
  if (absl::Status saved = store_.Save(entry.record); !saved.ok()) {
    // It may be there all the same. The number is not used up, so the next command replaces it.
    (void)store_.Remove(entry.record.number);
    return saved;
  }
  ++next_number_;
  numbers_[entry.record.command_id] = entry.record.number;
  entries_.emplace(entry.record.number, std::move(entry));
  return absl::OkStatus();
}

absl::StatusOr<const CommandRecord*> CommandJournal::StartNext(Instant now) {
  RETURN_IF_ERROR(Settle(now));
  if (running_) return nullptr;
  for (auto& [number, entry] : entries_) {
    CommandRecord& record = entry.record;
    if (record.state != v1::COMMAND_STATE_DELIVERED) continue;
    CommandRecord started = record;
    started.state = v1::COMMAND_STATE_STARTED;
    started.result.set_started_ms(ToMillis(now.wall));
    RETURN_IF_ERROR(store_.Save(started));
    record = std::move(started);
    running_ = true;
    return &record;
  }
  return nullptr;
}

void CommandJournal::Finish(const std::string& command_id, CommandOutcome outcome, Instant now) {
  running_ = false;
  Entry* entry = Look(command_id);
  if (entry == nullptr || entry->record.state != v1::COMMAND_STATE_STARTED) return;
  End(*entry, outcome.state, BoundedResult(std::move(outcome.result)), now);
}

void CommandJournal::End(Entry& entry, v1::CommandState state, v1::CommandResult result, Instant now) {
  if (entry.record.state == v1::COMMAND_STATE_STARTED) result.set_started_ms(entry.record.result.started_ms());
  if (state != v1::COMMAND_STATE_UNKNOWN) result.set_finished_ms(ToMillis(now.wall));
  entry.record.state = state;
  entry.record.result = std::move(result);
  entry.saved = false;
}

absl::Status CommandJournal::Settle(Instant now) {
  for (auto& [number, entry] : entries_) {
    if (entry.record.state != v1::COMMAND_STATE_DELIVERED || entry.expires > now.mono) continue;
    End(entry, v1::COMMAND_STATE_EXPIRED, Because("expired", "Its time was over before it began"), now);
  }
  return SaveUnsaved();
}

absl::Status CommandJournal::SaveUnsaved() {
  for (auto& [number, entry] : entries_) {
    if (entry.saved) continue;
    RETURN_IF_ERROR(store_.Save(entry.record));
    entry.saved = true;
  }
  return absl::OkStatus();
}

void CommandJournal::Acknowledge(const std::string& command_id, v1::CommandState state) {
  Entry* entry = Look(command_id);
  if (entry == nullptr || entry->record.state != state) return;
  entry->acknowledged = state;
  if (!HasEnded(entry->record) || entry->record.acknowledged || !entry->saved) return;
  // What remains is there to answer a repeated offer; the evidence is with the coordinator.
  entry->record.acknowledged = true;
  entry->record.action.Clear();
  entry->record.result.clear_outcomes();
  // Not durable is harmless: after a restart the end is told once more.
  (void)store_.Save(entry->record);
  Forget();
}

void CommandJournal::Forget() {
  auto kept = static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const auto& numbered) { return numbered.second.record.acknowledged; }));
  for (auto entry = entries_.begin(); kept > kMaxAcknowledged && entry != entries_.end();) {
    if (!entry->second.record.acknowledged) {
      ++entry;
      continue;
    }
    if (!store_.Remove(entry->first).ok()) return;  // tried again with the next one
    numbers_.erase(entry->second.record.command_id);
    entry = entries_.erase(entry);
    --kept;
  }
}

std::vector<const CommandRecord*> CommandJournal::Unacknowledged() const {
  std::vector<const CommandRecord*> records;
  for (const auto& [number, entry] : entries_) {
    if (entry.saved && entry.acknowledged != entry.record.state) records.push_back(&entry.record);
  }
  return records;
}

std::optional<MonoTime> CommandJournal::NextExpiry() const {
  std::optional<MonoTime> next;
  for (const auto& [number, entry] : entries_) {
    if (entry.record.state != v1::COMMAND_STATE_DELIVERED) continue;
    next = next ? std::min(*next, entry.expires) : entry.expires;
  }
  return next;
}

CommandJournal::Entry* CommandJournal::Look(const std::string& command_id) {
  const auto number = numbers_.find(command_id);
  return number == numbers_.end() ? nullptr : &entries_.at(number->second);
}

const CommandRecord* CommandJournal::Find(const std::string& command_id) const {
  const auto number = numbers_.find(command_id);
  return number == numbers_.end() ? nullptr : &entries_.at(number->second).record;
}

}  // namespace fleet::agent
