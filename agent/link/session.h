#pragma once

#include <absl/status/status.h>

#include <map>
#include <optional>
#include <string>

#include "agent/link/backoff.h"
#include "agent/link/command_journal.h"
#include "agent/link/effect.h"
#include "agent/link/finding_book.h"
#include "agent/link/instant.h"

namespace fleet::agent {

// The agent's side of the talk with the coordinator, as a state machine: events and the time in, effects out. It says
// Hello on each new stream, then the whole set of findings and every command state that is not acknowledged, then
// differences; and it hands out commands to run, with or without a stream. One thread, no I/O but the journal's.
//
//   detached --(back-off over)--> greeting --(Welcome)--> attached
//      ^-- stream ended, nothing heard for three intervals, a report not acknowledged in a minute --'
class Session {
 public:
  enum class State : std::uint8_t { kAlone, kDetached, kGreeting, kAttached };

  static constexpr std::chrono::seconds kWelcomeLimit{15};
  static constexpr std::chrono::seconds kReportLimit{60};
  static constexpr std::chrono::seconds kStoreRetry{5};
  static constexpr int kSilentIntervals = 3;
  static constexpr std::size_t kMaxUpdatesUnderway = 64;

  // `hello` has everything but the roots. `book` and `journal` outlive the session.
  Session(v1::Hello hello, FindingBook& book, CommandJournal& journal, RandomSource random);

  // There is a coordinator: begin to reach it. Without this the session stays alone.
  Effects Connect(Instant now);
  Effects OnMessage(StreamNumber stream, const v1::CoordinatorMessage& message, Instant now);
  Effects OnClosed(StreamNumber stream, const absl::Status& why, Instant now);
  // The book has changed.
  Effects OnFindings(Instant now);
  Effects OnCommandDone(const std::string& command_id, CommandOutcome outcome, Instant now);
  Effects OnWake(Instant now);
  // Whether a command may begin; not while the agent is busy or about to stop.
  void MayStart(bool may_start) { may_start_ = may_start; }

  // When OnWake should be called at the latest.
  std::optional<MonoTime> NextWake() const;
  State state() const { return state_; }

 private:
  void Open(Instant now, Effects& out);
  void Drop(const std::string& why, Instant now, Effects& out);
  void OnWelcome(const v1::Welcome& welcome, Instant now, Effects& out);
  void Take(const v1::CoordinatorMessage& message, Instant now, Effects& out);
  void CheckTimes(Instant now, Effects& out);
  // Starts and tells whatever can be started and told now; the end of every input.
  void Pump(Instant now, Effects& out);
  void PumpCommands(Instant now, Effects& out);
  void PumpUpdates(Instant now, Effects& out);
  void PumpReports(Instant now, Effects& out);
  void Send(v1::AgentMessage message, Instant now, Effects& out);
  void TellStoreError(const absl::Status& error, Instant now, Effects& out);

  v1::Hello hello_;
  FindingBook& book_;
  CommandJournal& journal_;
  Backoff backoff_;
  State state_ = State::kAlone;
  StreamNumber stream_{};
  std::chrono::milliseconds interval_{0};  // of heartbeats
  MonoTime reconnect_at_;
  MonoTime welcome_by_;
  MonoTime last_sent_;
  MonoTime last_heard_;
  MonoTime report_by_;
  std::optional<MonoTime> store_retry_at_;
  bool may_start_ = true;
  std::string last_failure_;                      // why the last stream was never attached
  std::map<std::string, v1::CommandState> told_;  // command states sent on this stream
};

}  // namespace fleet::agent
