#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/link/command_journal.h"
#include "agent/link/finding_book.h"
#include "agent/link/session.h"
#include "agent/link/transport.h"
#include "agent/link/workstation.h"
#include "common/executor.h"

namespace fleet::agent {

// What the agent uses; all of it outlives the agent.
struct AgentParts {
  Executor& strand;  // everything of the agent runs here
  Executor& worker;  // examinations and repairs run here, one at a time
  const Clock& clock;
  Workstation& workstation;
  CommandStore& commands;
};

struct AgentSettings {
  v1::Hello hello;  // roots are filled in
  std::chrono::milliseconds check_interval{120'000};
  RandomSource random;  // of the back-off
};

// The resident agent: examines the machine at intervals and after each repair, and what changes at once; keeps the book
// of findings, runs commands, and talks to the coordinator when there is one. Owns and orders; the deciding is the
// session's. All methods on the strand. Destroy it when both executors have stopped or have nothing of it left to run.
class Agent final : public TransportEvents {
 public:
  Agent(AgentSettings settings, AgentParts parts);

  // Begins. `held` is what the command store had. Without a transport the agent works alone.
  void Start(std::vector<CommandRecord> held, Transport* transport);

  // Something has changed. It is examined at once, or, when that was done just now, as soon as it may: examinations of
  // changes take at most a twentieth of the time, and are half a second apart.
  void OnChanged(Scope scope);

  void OnMessage(StreamNumber stream, const v1::CoordinatorMessage& message) override;
  void OnClosed(StreamNumber stream, const absl::Status& why) override;

  // Starts nothing more. `done` runs when what is running has ended and is journaled.
  void Stop(Task done);

  // Whether a repair or an undo is running.
  bool repairing() const { return work_ == Work::kRepair; }
  const FindingBook& book() const { return book_; }
  const CommandJournal& journal() const { return journal_; }
  Session::State link() const { return session_.state(); }

 private:
  enum class Work : std::uint8_t { kNone, kCheck, kRepair };

  void SetWork(Work work);
  void CheckIfDue();
  void Examine(Scope scope, std::string for_command);
  void LookAt(MonoTime when);
  void Run(RunCommand command);
  void OnExamined(Examination seen, const Scope& scope, const std::string& for_command);
  void OnRepaired(const std::string& command_id, CommandOutcome outcome);
  void RepairUnasked();
  void OnRepairedUnasked();
  void Apply(Effects effects);
  void ApplyOne(Effect& effect);
  void Wake();
  void ArmTimer();
  void LogBook() const;
  Instant Now() const { return InstantOf(parts_.clock); }

  const AgentParts parts_;
  const std::chrono::milliseconds check_interval_;
  Transport* transport_ = nullptr;
  FindingBook book_;
  CommandJournal journal_;
  Session session_;
  Work work_ = Work::kNone;
  bool repair_due_ = false;          // by the last examination, without being asked
  MonoTime check_at_;                // when the whole machine is examined next
  Scope changed_;                    // what else waits to be looked at
  std::optional<MonoTime> look_at_;  // and when
  MonoTime look_not_before_;
  MonoTime examined_since_;  // when the examination that runs began
  std::deque<Effect> effects_;
  bool applying_ = false;
  TimerId timer_{};
  std::optional<MonoTime> timer_at_;
  bool stopping_ = false;
  Task stopped_;
};

}  // namespace fleet::agent
