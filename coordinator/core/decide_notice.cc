#include "coordinator/core/decide.h"
#include "coordinator/core/incident_edit.h"
#include "coordinator/core/outbox.h"

namespace fleet::coordinator {

namespace {

// Its place in the timeline: whom it reached, or that it reached nobody.
void SayEnd(const FleetState& state, const NoticeRow& row, const Moment& moment, std::vector<Change>& changes) {
  IncidentRow incident = *state.Incident(row.notice.incident_id);
  const bool delivered = row.state == NoticeState::kDelivered;
  Say(incident, delivered ? "notified" : "not_notified",
      row.channel + ": " + std::string(NoticeKindText(row.notice.kind)) + (delivered ? "" : ", " + row.detail),
      moment.now_ms, changes);
  Update(std::move(incident), moment.now_ms, changes);
}

}  // namespace

Decision DecideAttempted(const FleetState& state, const NoticeAttempted& event, const Moment& moment) {
  Decision decision;
  const auto found = state.notices().find(event.key);
  if (found == state.notices().end() || found->second->state != NoticeState::kWaiting) return decision;
  NoticeRow row = *found->second;
  row.detail = event.delivery.detail;
  if (!event.delivery.thread.empty()) row.thread = event.delivery.thread;
  const std::int64_t wait_ms =
      event.delivery.retry_after ? event.delivery.retry_after->count() : BackOffMs(row.attempts, row.notice.id);
  const bool is_again = event.delivery.outcome == Delivery::Outcome::kAgain;
  if (is_again && moment.now_ms + wait_ms < row.notice.at_ms + kGiveUpMs) {
    row.due_ms = moment.now_ms + wait_ms;
    decision.changes.push_back(Put(std::move(row)));
    return decision;
  }
  row.state = event.delivery.outcome == Delivery::Outcome::kDelivered ? NoticeState::kDelivered : NoticeState::kDead;
  row.ended_ms = moment.now_ms;
  ReleaseNext(state, row, moment.now_ms, decision.changes);
  SayEnd(state, row, moment, decision.changes);
  decision.changes.push_back(Put(std::move(row)));
  return decision;
}

}  // namespace fleet::coordinator
