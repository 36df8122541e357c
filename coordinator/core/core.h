#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/executor.h"
#include "common/mutex.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/event.h"
#include "coordinator/core/fleet_state.h"
#include "coordinator/core/outputs.h"
#include "coordinator/core/query_dispatches.h"
#include "coordinator/core/query_incidents.h"
#include "coordinator/core/store.h"

namespace fleet::coordinator {

// What the core uses; all of it outlives the core.
struct CoreParts {
  Executor& executor;
  const Clock& clock;
  Store& store;
  CoreOutputs& outputs;
  DecideSettings settings;
};

// The brain's shell: takes turns on its executor. A turn takes the waiting events, decides each on the state that
// already carries the earlier ones, commits once, and only then releases the effects. When the commit fails the
// turn is undone: callers hear kUnavailable, the agents' streams are closed so that they repeat, and what nobody
// would repeat (a lost connection, a due time) is tried again a second later.
//
// Destroy it when the executor has stopped or has nothing of it left to run (the timer is cancelled).
class Core {
 public:
  using Done = absl::AnyInvocable<void(const absl::Status&)>;
  using DispatchDone = absl::AnyInvocable<void(absl::StatusOr<DispatchView>)>;
  using IncidentDone = absl::AnyInvocable<void(absl::StatusOr<IncidentView>)>;

  explicit Core(CoreParts parts);
  ~Core();

  // Takes the state from the store. Once, before anything else, from the thread that built the core. Machines that
  // were online are stale from here on; the gateway watches them (StaleAgents) and decides when they are offline.
  absl::Status Load();

  // Any thread. `done` runs on the executor when the event is decided and durable (OK), refused, or when the store
  // failed (kUnavailable). The gateway reads a stream's next message after it: that bounds the mailbox.
  void Handle(Event event, Done done = nullptr);

  // Any thread; as Handle. The view names at most 1,000 commands.
  void StartDispatch(v1::StartDispatchRequest request, DispatchDone done);
  void CancelDispatch(std::string dispatch_id, DispatchDone done);

  // Any thread; as Handle. What people do with an incident, which is then told with its timeline.
  void AcknowledgeIncident(v1::AcknowledgeIncidentRequest request, IncidentDone done);
  void ReleaseIncident(v1::ReleaseIncidentRequest request, IncidentDone done);
  void NoteIncident(v1::NoteIncidentRequest request, IncidentDone done);

  // Any thread. Runs `reader` on the executor between turns, on what is durable. It should take a page of pointers
  // (query_*.h) and render them elsewhere: the brain stands still meanwhile.
  void Read(absl::AnyInvocable<void(const FleetState&)> reader);

 private:
  struct Envelope {
    Event event;
    // Gets the decision's status and subject.
    absl::AnyInvocable<void(const absl::Status&, const std::string&)> done;
  };
  // What one turn has done so far.
  struct Work {
    std::int64_t now_ms = 0;
    std::vector<Change> changes;
    std::vector<Change> inverses;
    std::vector<Effect> effects;
  };

  void HandleDispatch(Event event, DispatchDone done);
  void HandleIncident(Event event, IncidentDone done);
  // As Handle; `done` gets what `look` sees of the event's subject then.
  template <class TakeView, class Look>
  void HandleThen(Event event, TakeView done, Look look);
  void Enqueue(Envelope envelope) ABSL_LOCKS_EXCLUDED(mu_);
  void PostTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<Envelope> TakeWaiting() ABSL_LOCKS_EXCLUDED(mu_);
  void Turn();
  Decision DecideOne(const Event& event, Work& work);
  void DecideDue(Work& work);
  absl::Status Commit(const Work& work);
  void Release(Work& work);
  void Publish(const Change& change, std::int64_t now_ms);
  void Undo(const Work& work);
  void GiveUp(const Event& event, const absl::Status& why);
  void CloseAndDrop(StreamId stream, const absl::Status& why);
  void DropLink(StreamId stream);
  void ArmTimer();

  Executor& executor_;
  const Clock& clock_;
  Store& store_;
  CoreOutputs& outputs_;
  const DecideSettings settings_;
  FleetState state_;
  bool store_failing_ = false;
  // Verdicts whose commit failed; decided again first thing in the next turn.
  std::map<std::string, ConnectivityChanged> unsaved_connectivity_;
  TimerId timer_{};
  bool armed_ = false;
  Mutex mu_;
  std::deque<Envelope> mailbox_ ABSL_GUARDED_BY(mu_);
  bool turn_posted_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::coordinator
