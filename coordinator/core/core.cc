#include "coordinator/core/core.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/status.h"
#include "coordinator/core/check_state.h"
#include "coordinator/core/command_rules.h"
#include "coordinator/core/escalation.h"

namespace fleet::coordinator {

namespace {

constexpr std::size_t kMaxTurn = 512;
constexpr std::size_t kMaxCommandsInReply = 1'000;
// Due times are wall time; looking again this often notices a clock that was set.
constexpr std::int64_t kLongestTimerMs = 10'000;
constexpr std::int64_t kStoreRetryMs = 1'000;

}  // namespace

Core::Core(CoreParts parts)
    : executor_(parts.executor),
      clock_(parts.clock),
      store_(parts.store),
      outputs_(parts.outputs),
      settings_(std::move(parts.settings)) {}

Core::~Core() {
  if (armed_) executor_.Cancel(timer_);
}

absl::Status Core::Load() {
  ASSIGN_OR_RETURN(const std::vector<Change> rows, store_.Load());
  for (const Change& row : rows) state_.Apply(row);
  if (absl::Status status = CheckState(state_); !status.ok()) {
    return Annotate(status, "the store's rows do not fit together; restore it from a backup");
  }
  std::vector<Change> changes;
  for (const auto& by_connectivity : state_.agent_index().by_health_and_connectivity) {
    for (const std::string& id : by_connectivity[static_cast<std::size_t>(Connectivity::kOnline)]) {
      AgentRow row = *state_.Agent(id);
      row.connectivity = Connectivity::kStale;
      changes.push_back(Put(std::move(row)));
    }
  }
  EscalateUnescalated(state_, {ToMillis(clock_.Now()), settings_}, changes);
  if (!changes.empty()) RETURN_IF_ERROR(store_.Commit(changes));
  for (const Change& change : changes) state_.Apply(change);
  ArmTimer();
  return absl::OkStatus();
}

void Core::Handle(Event event, Done done) {
  Envelope envelope{std::move(event), nullptr};
  if (done) {
    envelope.done = [done = std::move(done)](const absl::Status& status, const std::string&) mutable { done(status); };
  }
  Enqueue(std::move(envelope));
}

void Core::StartDispatch(v1::StartDispatchRequest request, DispatchDone done) {
  HandleDispatch(DispatchStarted{std::move(request)}, std::move(done));
}

void Core::CancelDispatch(std::string dispatch_id, DispatchDone done) {
  HandleDispatch(DispatchCancelled{std::move(dispatch_id)}, std::move(done));
}

void Core::AcknowledgeIncident(v1::AcknowledgeIncidentRequest request, IncidentDone done) {
  HandleIncident(IncidentAcknowledged{std::move(request)}, std::move(done));
}

void Core::ReleaseIncident(v1::ReleaseIncidentRequest request, IncidentDone done) {
  HandleIncident(IncidentReleased{std::move(request)}, std::move(done));
}

void Core::NoteIncident(v1::NoteIncidentRequest request, IncidentDone done) {
  HandleIncident(IncidentNoted{std::move(request)}, std::move(done));
}

void Core::HandleIncident(Event event, IncidentDone done) {
  HandleThen(std::move(event), std::move(done), [this](const std::string& id) { return GetIncident(state_, id); });
}

void Core::HandleDispatch(Event event, DispatchDone done) {
  HandleThen(std::move(event), std::move(done),
             [this](const std::string& id) { return GetDispatch(state_, id, kMaxCommandsInReply); });
}

template <class TakeView, class Look>
void Core::HandleThen(Event event, TakeView done, Look look) {
  Enqueue({std::move(event),
           [done = std::move(done), look](const absl::Status& status, const std::string& subject) mutable {
             if (!status.ok()) return done(status);
             done(look(subject));
           }});
}

void Core::Read(absl::AnyInvocable<void(const FleetState&)> reader) {
  executor_.Post([this, reader = std::move(reader)]() mutable { reader(state_); });
}

void Core::Enqueue(Envelope envelope) {
  MutexLock lock(mu_);
  mailbox_.push_back(std::move(envelope));
  PostTurn();
}

void Core::PostTurn() {
  if (turn_posted_) return;
  turn_posted_ = true;
  executor_.Post([this] { Turn(); });
}

std::vector<Core::Envelope> Core::TakeWaiting() {
  MutexLock lock(mu_);
  turn_posted_ = false;
  const std::size_t count = std::min(mailbox_.size(), kMaxTurn);
  std::vector<Envelope> taken(std::make_move_iterator(mailbox_.begin()),
                              std::make_move_iterator(mailbox_.begin() + static_cast<std::ptrdiff_t>(count)));
  mailbox_.erase(mailbox_.begin(), mailbox_.begin() + static_cast<std::ptrdiff_t>(count));
  if (!mailbox_.empty()) PostTurn();
  return taken;
}

void Core::Turn() {
  assert(executor_.InExecutor());
  std::vector<Envelope> envelopes = TakeWaiting();
  Work work;
  work.now_ms = ToMillis(clock_.Now());
  for (const auto& [id, event] : unsaved_connectivity_) DecideOne(event, work);
  std::vector<Decision> decisions;
  decisions.reserve(envelopes.size());
  for (const Envelope& envelope : envelopes) decisions.push_back(DecideOne(envelope.event, work));
  DecideDue(work);
  if (const absl::Status status = Commit(work); !status.ok()) {
    Undo(work);
    for (Envelope& envelope : envelopes) {
      GiveUp(envelope.event, status);
      if (envelope.done) envelope.done(status, "");
    }
  } else {
    unsaved_connectivity_.clear();
    Release(work);
    for (std::size_t i = 0; i < envelopes.size(); ++i) {
      if (envelopes[i].done) envelopes[i].done(decisions[i].status, decisions[i].subject);
    }
  }
  ArmTimer();
}

// Applies the decision's changes at once, so that the next event is decided on them.
Decision Core::DecideOne(const Event& event, Work& work) {
  Decision decision = Decide(state_, event, {work.now_ms, settings_});
  for (const Change& change : decision.changes) {
    work.inverses.push_back(state_.Apply(change));
    work.changes.push_back(change);
  }
  std::move(decision.effects.begin(), decision.effects.end(), std::back_inserter(work.effects));
  return decision;
}

void Core::DecideDue(Work& work) {
  for (std::size_t i = 0; i < kMaxTurn; ++i) {
    if (DecideOne(TimerDue{}, work).changes.empty()) return;
  }
}

absl::Status Core::Commit(const Work& work) {
  if (std::none_of(work.changes.begin(), work.changes.end(), IsStored)) return absl::OkStatus();
  const absl::Status status = store_.Commit(work.changes);
  if (status.ok() == store_failing_) {
    store_failing_ = !status.ok();
    if (store_failing_) spdlog::error("store_failing error=\"{}\"", status.ToString());
    if (!store_failing_) spdlog::info("store_recovered");
  }
  if (status.ok()) return status;
  return Unavailable("the store failed, nothing was changed; try again: " + MessageOf(status));
}

void Core::Release(Work& work) {
  for (Effect& effect : work.effects) {
    if (auto* send = std::get_if<SendMessage>(&effect)) outputs_.SendToStream(send->stream, std::move(send->message));
    if (auto* close = std::get_if<CloseStream>(&effect)) outputs_.CloseStream(close->stream, close->why);
    if (auto* notice = std::get_if<SendNotice>(&effect)) {
      outputs_.DeliverNotice(notice->channel, notice->key, std::move(notice->notice));
    }
  }
  for (const Change& change : work.changes) Publish(change, work.now_ms);
}

void Core::Publish(const Change& change, std::int64_t now_ms) {
  if (const auto* agent = std::get_if<RowChange<AgentRow>>(&change); agent != nullptr && agent->row != nullptr) {
    outputs_.FleetChanged({now_ms, agent->row});
  }
  if (const auto* incident = std::get_if<RowChange<IncidentRow>>(&change);
      incident != nullptr && incident->row != nullptr) {
    outputs_.FleetChanged({now_ms, incident->row});
  }
  if (const auto* command = std::get_if<RowChange<CommandRow>>(&change);
      command != nullptr && command->row != nullptr) {
    outputs_.FleetChanged({now_ms, CommandView{command->row, WaitingFor(state_, *command->row)}});
  }
}

void Core::Undo(const Work& work) {
  for (auto inverse = work.inverses.rbegin(); inverse != work.inverses.rend(); ++inverse) state_.Apply(*inverse);
}

// After a failed commit: agents attach again and repeat; what nobody repeats is kept for the next turn.
void Core::GiveUp(const Event& event, const absl::Status& why) {
  if (const auto* attached = std::get_if<AgentAttached>(&event)) return CloseAndDrop(attached->stream, why);
  if (const auto* report = std::get_if<ReportReceived>(&event)) return CloseAndDrop(report->stream, why);
  if (const auto* update = std::get_if<CommandUpdateReceived>(&event)) return CloseAndDrop(update->stream, why);
  if (const auto* detached = std::get_if<AgentDetached>(&event)) return DropLink(detached->stream);
  if (const auto* changed = std::get_if<ConnectivityChanged>(&event)) {
    unsaved_connectivity_[changed->agent_id] = *changed;
  }
}

void Core::CloseAndDrop(StreamId stream, const absl::Status& why) {
  DropLink(stream);
  outputs_.CloseStream(stream, why);
}

// The stream is gone or about to go, whatever the store says; that the machine is away is written later.
void Core::DropLink(StreamId stream) {
  const RowPtr<LinkRow> link = state_.Link(stream);
  if (link == nullptr) return;
  unsaved_connectivity_[link->agent_id] = {link->agent_id, Connectivity::kStale, ToMillis(clock_.Now())};
  state_.Apply(Drop<LinkRow>(stream));
}

void Core::ArmTimer() {
  if (armed_) executor_.Cancel(timer_);
  armed_ = store_failing_ || !state_.dues().empty();
  if (!armed_) return;
  std::int64_t delay_ms = kStoreRetryMs;
  if (!store_failing_) {
    delay_ms = std::clamp(state_.dues().begin()->at_ms - ToMillis(clock_.Now()), std::int64_t{0}, kLongestTimerMs);
  }
  timer_ = executor_.PostAt(clock_.Mono() + std::chrono::milliseconds(delay_ms), [this] {
    armed_ = false;
    Turn();
  });
}

}  // namespace fleet::coordinator
