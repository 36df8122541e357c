#include "agent/link/agent.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{500};
constexpr int kRestOfCost = 20;

Scope Everything() { return {.everything = true, .stores = true, .changed = {}}; }

CommandOutcome CheckOutcome(const FindingBook& book) {
  CommandOutcome outcome;
  outcome.state = v1::COMMAND_STATE_SUCCEEDED;
  const std::size_t open = book.held().size();
  outcome.result.set_summary(
      "Looked at everything: " +
      (open == 0 ? "no finding" : std::to_string(open) + (open == 1 ? " finding" : " findings")));
  return outcome;
}

}  // namespace

Agent::Agent(AgentSettings settings, AgentParts parts)
    : parts_(parts),
      check_interval_(settings.check_interval),
      journal_(parts.commands),
      session_(std::move(settings.hello), book_, journal_, std::move(settings.random)) {}

void Agent::Start(std::vector<CommandRecord> held, Transport* transport) {
  assert(parts_.strand.InExecutor());
  transport_ = transport;
  check_at_ = parts_.clock.Mono();
  if (const absl::Status saved = journal_.Recover(std::move(held), Now()); !saved.ok()) {
    spdlog::warn("command_journal_error error=\"{}\"", MessageOf(saved));
  }
  CheckIfDue();  // before any command
  Apply(transport_ == nullptr ? session_.OnWake(Now()) : session_.Connect(Now()));
}

void Agent::OnChanged(Scope scope) {
  assert(parts_.strand.InExecutor());
  if (stopping_) return;
  changed_.Add(std::move(scope));
  LookAt(parts_.clock.Mono());
  CheckIfDue();
  ArmTimer();
}

void Agent::LookAt(MonoTime when) {
  when = std::max(when, look_not_before_);
  if (!look_at_ || when < *look_at_) look_at_ = when;
}

void Agent::OnMessage(StreamNumber stream, const v1::CoordinatorMessage& message) {
  assert(parts_.strand.InExecutor());
  Apply(session_.OnMessage(stream, message, Now()));
}

void Agent::OnClosed(StreamNumber stream, const absl::Status& why) {
  assert(parts_.strand.InExecutor());
  if (!stopping_) Apply(session_.OnClosed(stream, why, Now()));
}

void Agent::Stop(Task done) {
  assert(parts_.strand.InExecutor());
  stopping_ = true;
  stopped_ = std::move(done);
  session_.MayStart(false);
  if (timer_at_) parts_.strand.Cancel(timer_);
  if (work_ == Work::kNone) std::exchange(stopped_, nullptr)();
}

void Agent::SetWork(Work work) {
  work_ = work;
  session_.MayStart(work == Work::kNone && !stopping_);
}

void Agent::CheckIfDue() {
  if (work_ != Work::kNone || stopping_) return;
  const MonoTime now = parts_.clock.Mono();
  if (std::exchange(repair_due_, false)) {
    RepairUnasked();
  } else if (check_at_ <= now) {
    Examine(Everything(), "");
  } else if (look_at_ && *look_at_ <= now) {
    Examine({}, "");
  }
}

// Together with what waits.
void Agent::Examine(Scope scope, std::string for_command) {
  SetWork(Work::kCheck);
  scope.Add(std::exchange(changed_, {}));
  look_at_.reset();
  examined_since_ = parts_.clock.Mono();
  parts_.worker.Post([this, scope = std::move(scope), for_command = std::move(for_command)]() mutable {
    Examination seen = parts_.workstation.Examine(scope);
    parts_.strand.Post(
        [this, scope = std::move(scope), seen = std::move(seen), for_command = std::move(for_command)]() mutable {
          OnExamined(std::move(seen), scope, for_command);
        });
  });
}

void Agent::Run(RunCommand command) {
  if (command.action.has_check()) return Examine(Everything(), std::move(command.command_id));
  SetWork(Work::kRepair);
  book_.SetRepairing(true);
  Apply(session_.OnFindings(Now()));
  parts_.worker.Post([this, command = std::move(command)]() mutable {
    parts_.strand.Post([this, id = command.command_id, outcome = parts_.workstation.Run(command.action)]() mutable {
      OnRepaired(id, std::move(outcome));
    });
  });
}

// Commands that waited have begun before.
void Agent::RepairUnasked() {
  SetWork(Work::kRepair);
  book_.SetRepairing(true);
  parts_.worker.Post([this] {
    parts_.workstation.RepairUnasked();
    parts_.strand.Post([this] { OnRepairedUnasked(); });
  });
  Apply(session_.OnFindings(Now()));
}

void Agent::OnRepairedUnasked() {
  SetWork(Work::kNone);
  check_at_ = parts_.clock.Mono();
  if (!stopping_) Examine(Everything(), "");
  Apply(session_.OnFindings(Now()));
  if (stopping_ && stopped_) return std::exchange(stopped_, nullptr)();
}

void Agent::OnExamined(Examination seen, const Scope& scope, const std::string& for_command) {
  SetWork(Work::kNone);
  const MonoTime now = parts_.clock.Mono();
  // What was read at large is not read again so soon, so only looks at changes tell what the next one costs.
  const MonoTime::duration took = scope.stores ? MonoTime::duration(0) : now - examined_since_;
  look_not_before_ = now + std::max<MonoTime::duration>(kBetweenLooks, kRestOfCost * took);
  if (scope.everything) check_at_ = now + std::max(check_interval_, seen.rest);
  // Changes that came meanwhile wait from now on.
  if (look_at_) look_at_ = std::max(*look_at_, look_not_before_);
  if (seen.look_again) LookAt(now + *seen.look_again);
  repair_due_ = seen.repair_due;
  bool changed = book_.Update(std::move(seen.findings), std::move(seen.unknown));
  changed |= book_.SetRoots(std::move(seen.roots));
  changed |= book_.SetDrill(seen.last_drill);
  changed |= book_.SetRepairing(false);
  if (changed) LogBook();
  Apply(for_command.empty() ? session_.OnFindings(Now())
                            : session_.OnCommandDone(for_command, CheckOutcome(book_), Now()));
  if (stopping_ && stopped_) return std::exchange(stopped_, nullptr)();
}

void Agent::OnRepaired(const std::string& command_id, CommandOutcome outcome) {
  repair_due_ = false;
  // Told to be repairing until the machine has been examined: the verdict on a repair is what is found afterwards.
  SetWork(Work::kNone);
  check_at_ = parts_.clock.Mono();
  if (!stopping_) Examine(Everything(), "");
  Apply(session_.OnCommandDone(command_id, std::move(outcome), Now()));
  if (stopping_ && stopped_) return std::exchange(stopped_, nullptr)();
}

void Agent::Apply(Effects effects) {
  for (Effect& effect : effects) effects_.push_back(std::move(effect));
  if (applying_) return;  // what an effect brings about comes after the effects before it
  applying_ = true;
  while (!effects_.empty()) {
    Effect effect = std::move(effects_.front());
    effects_.pop_front();
    ApplyOne(effect);
  }
  applying_ = false;
  CheckIfDue();
  ArmTimer();
}

void Agent::ApplyOne(Effect& effect) {
  if (auto* open = std::get_if<OpenStream>(&effect)) {
    transport_->Open(open->stream);
  } else if (auto* send = std::get_if<SendMessage>(&effect)) {
    transport_->Send(send->stream, std::move(send->message));
  } else if (auto* close = std::get_if<CloseStream>(&effect)) {
    transport_->Close(close->stream);
  } else if (auto* run = std::get_if<RunCommand>(&effect)) {
    Run(std::move(*run));
  } else if (auto* note = std::get_if<Note>(&effect)) {
    spdlog::log(note->problem ? spdlog::level::warn : spdlog::level::info, "{}", note->text);
  }
}

void Agent::Wake() {
  timer_at_.reset();
  Apply(session_.OnWake(Now()));
}

void Agent::ArmTimer() {
  if (stopping_) return;
  std::optional<MonoTime> next = session_.NextWake();
  if (work_ == Work::kNone) {
    const MonoTime look = look_at_ ? std::min(check_at_, *look_at_) : check_at_;
    if (!next || look < *next) next = look;
  }
  if (next == timer_at_) return;
  if (timer_at_) parts_.strand.Cancel(timer_);
  timer_at_ = next;
  if (next) timer_ = parts_.strand.PostAt(*next, [this] { Wake(); });
}

void Agent::LogBook() const {
  std::int64_t counts[kSeverities] = {};
  for (const auto& [fingerprint, held] : book_.held()) ++counts[static_cast<int>(held.finding.severity)];
  spdlog::info("findings_changed health={} open={} p0={} p1={} p2={} p3={}", HealthText(book_.health()),
               book_.held().size(), counts[0], counts[1], counts[2], counts[3]);
}

}  // namespace fleet::agent
