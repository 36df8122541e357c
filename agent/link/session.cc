#include "agent/link/session.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kShortestInterval{100};
constexpr std::chrono::milliseconds kLongestInterval{600'000};

v1::CommandUpdate UpdateOf(const CommandRecord& record) {
  v1::CommandUpdate update;
  update.set_command_id(record.command_id);
  update.set_state(record.state);
  if (record.state != v1::COMMAND_STATE_DELIVERED) *update.mutable_result() = record.result;
  return update;
}

}  // namespace

Session::Session(v1::Hello hello, FindingBook& book, CommandJournal& journal, RandomSource random)
    : hello_(std::move(hello)), book_(book), journal_(journal), backoff_(std::move(random)) {}

Effects Session::Connect(Instant now) {
  Effects out;
  if (state_ != State::kAlone) return out;
  state_ = State::kDetached;
  reconnect_at_ = now.mono;
  Open(now, out);
  Pump(now, out);
  return out;
}

Effects Session::OnMessage(StreamNumber stream, const v1::CoordinatorMessage& message, Instant now) {
  Effects out;
  if (stream != stream_ || state_ == State::kAlone || state_ == State::kDetached) return out;
  last_heard_ = now.mono;
  if (message.has_welcome()) {
    OnWelcome(message.welcome(), now, out);
  } else if (state_ == State::kAttached) {
    Take(message, now, out);
  }
  Pump(now, out);
  return out;
}

Effects Session::OnClosed(StreamNumber stream, const absl::Status& why, Instant now) {
  Effects out;
  if (stream != stream_ || state_ == State::kAlone || state_ == State::kDetached) return out;
  Drop(why.ok() ? "the coordinator closed the stream" : MessageOf(why), now, out);
  Pump(now, out);
  return out;
}

Effects Session::OnFindings(Instant now) {
  Effects out;
  Pump(now, out);
  return out;
}

Effects Session::OnCommandDone(const std::string& command_id, CommandOutcome outcome, Instant now) {
  Effects out;
  const std::string state = v1::CommandState_Name(outcome.state);
  out.push_back(Note{false, fmt::format("command_done id={} state={} reason={} summary=\"{}\"", command_id, state,
                                        outcome.result.reason(), ToPrintable(outcome.result.summary()))});
  journal_.Finish(command_id, std::move(outcome), now);
  Pump(now, out);
  return out;
}

Effects Session::OnWake(Instant now) {
  Effects out;
  CheckTimes(now, out);
  Pump(now, out);
  return out;
}

void Session::CheckTimes(Instant now, Effects& out) {
  if (store_retry_at_ && *store_retry_at_ <= now.mono) store_retry_at_.reset();
  if (state_ == State::kGreeting && welcome_by_ <= now.mono) {
    Drop("the coordinator did not answer", now, out);
  } else if (state_ == State::kAttached && last_heard_ + kSilentIntervals * interval_ <= now.mono) {
    Drop("nothing was heard from the coordinator for three intervals", now, out);
  } else if (state_ == State::kAttached && book_.awaiting() && report_by_ <= now.mono) {
    Drop("the coordinator did not acknowledge a report", now, out);
  } else if (state_ == State::kDetached && reconnect_at_ <= now.mono) {
    Open(now, out);
  }
}

void Session::Open(Instant now, Effects& out) {
  stream_ = StreamNumber{static_cast<std::uint64_t>(stream_) + 1};
  state_ = State::kGreeting;
  welcome_by_ = now.mono + kWelcomeLimit;
  told_.clear();
  book_.StreamOpened();
  out.push_back(OpenStream{stream_});
  v1::AgentMessage message;
  *message.mutable_hello() = hello_;
  message.mutable_hello()->mutable_roots()->Assign(book_.roots().begin(), book_.roots().end());
  Send(std::move(message), now, out);
}

void Session::Drop(const std::string& why, Instant now, Effects& out) {
  const std::chrono::milliseconds wait = backoff_.Next();
  const bool attached = state_ == State::kAttached;
  // A coordinator that stays away is one line, not one a minute.
  if (attached || why != last_failure_) {
    const char* event = attached ? "link_lost" : "link_failed";
    out.push_back(Note{true, fmt::format("{} retry_ms={} why=\"{}\"", event, wait.count(), ToPrintable(why))});
  }
  last_failure_ = attached ? "" : why;
  out.push_back(CloseStream{stream_});
  state_ = State::kDetached;
  reconnect_at_ = now.mono + wait;
}

void Session::OnWelcome(const v1::Welcome& welcome, Instant now, Effects& out) {
  if (state_ != State::kGreeting) return;
  state_ = State::kAttached;
  // In range before it becomes a duration: the other side may send anything.
  interval_ = std::chrono::milliseconds(
      std::clamp<std::int64_t>(welcome.heartbeat_interval_ms(), kShortestInterval.count(), kLongestInterval.count()));
  last_heard_ = now.mono;
  out.push_back(Note{false, fmt::format("link_attached heartbeat_ms={}", interval_.count())});
}

void Session::Take(const v1::CoordinatorMessage& message, Instant now, Effects& out) {
  absl::Status stored;
  switch (message.kind_case()) {
    case v1::CoordinatorMessage::kReportAck:
      // Only a coordinator that gets as far as this works; one that drops us after Welcome is not to be hurried.
      if (book_.Acknowledge(message.report_ack().sequence())) backoff_.Reset();
      break;
    case v1::CoordinatorMessage::kCommandOffer: {
      const v1::CommandOffer& offer = message.command_offer();
      if (journal_.Find(offer.command_id()) == nullptr) {
        out.push_back(Note{false, fmt::format("command_received id={} expires_in_ms={}",
                                              ToPrintable(offer.command_id()), offer.expires_in_ms())});
      }
      stored = journal_.Offer(offer, now);
      told_.erase(offer.command_id());
      break;
    }
    case v1::CoordinatorMessage::kCommandUpdateAck:
      journal_.Acknowledge(message.command_update_ack().command_id(), message.command_update_ack().state());
      break;
    case v1::CoordinatorMessage::kCancelCommand:
      out.push_back(
          Note{false, fmt::format("command_cancel id={}", ToPrintable(message.cancel_command().command_id()))});
      stored = journal_.Cancel(message.cancel_command().command_id(), now);
      told_.erase(message.cancel_command().command_id());
      break;
    default: break;  // heartbeat acknowledgements, and kinds of a newer coordinator
  }
  if (!stored.ok()) TellStoreError(stored, now, out);
}

void Session::TellStoreError(const absl::Status& error, Instant now, Effects& out) {
  out.push_back(Note{true, fmt::format("command_journal_error error=\"{}\"", ToPrintable(MessageOf(error)))});
  store_retry_at_ = now.mono + kStoreRetry;
}

void Session::Pump(Instant now, Effects& out) {
  if (state_ == State::kAttached) PumpUpdates(now, out);  // received, before it starts
  PumpCommands(now, out);
  if (state_ != State::kAttached) return;
  PumpUpdates(now, out);
  PumpReports(now, out);
  // What was sent is a sign of life as good as a heartbeat.
  if (last_sent_ + interval_ > now.mono) return;
  v1::AgentMessage message;
  message.mutable_heartbeat();
  Send(std::move(message), now, out);
}

void Session::PumpCommands(Instant now, Effects& out) {
  if (store_retry_at_) return;
  if (!may_start_) {
    if (const absl::Status settled = journal_.Settle(now); !settled.ok()) TellStoreError(settled, now, out);
    return;
  }
  const absl::StatusOr<const CommandRecord*> next = journal_.StartNext(now);
  if (!next.ok()) return TellStoreError(next.status(), now, out);
  if (*next == nullptr) return;
  out.push_back(Note{false, fmt::format("command_started id={}", (*next)->command_id)});
  out.push_back(RunCommand{(*next)->command_id, (*next)->action});
}

void Session::PumpUpdates(Instant now, Effects& out) {
  const std::vector<const CommandRecord*> records = journal_.Unacknowledged();
  std::erase_if(told_, [this](const auto& told) { return journal_.Find(told.first) == nullptr; });
  for (std::size_t i = 0; i < std::min(records.size(), kMaxUpdatesUnderway); ++i) {
    const CommandRecord* record = records[i];
    v1::CommandState& told = told_[record->command_id];
    if (std::exchange(told, record->state) == record->state) continue;
    v1::AgentMessage message;
    *message.mutable_command_update() = UpdateOf(*record);
    Send(std::move(message), now, out);
  }
}

void Session::PumpReports(Instant now, Effects& out) {
  for (v1::FindingReport& report : book_.TakeBatch()) {
    report_by_ = now.mono + kReportLimit;
    v1::AgentMessage message;
    *message.mutable_report() = std::move(report);
    Send(std::move(message), now, out);
  }
}

void Session::Send(v1::AgentMessage message, Instant now, Effects& out) {
  last_sent_ = now.mono;
  out.push_back(SendMessage{stream_, std::move(message)});
}

std::optional<MonoTime> Session::NextWake() const {
  std::optional<MonoTime> wake = store_retry_at_;
  const auto at = [&](MonoTime when) { wake = wake ? std::min(*wake, when) : when; };
  if (!store_retry_at_) {
    if (const std::optional<MonoTime> expiry = journal_.NextExpiry()) at(*expiry);
  }
  if (state_ == State::kDetached) at(reconnect_at_);
  if (state_ == State::kGreeting) at(welcome_by_);
  if (state_ == State::kAttached) {
    at(last_sent_ + interval_);
    at(last_heard_ + kSilentIntervals * interval_);
    if (book_.awaiting()) at(report_by_);
  }
  return wake;
}

}  // namespace fleet::agent
