#include "common/time_text.h"
#include "coordinator/core/command_change.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/escalation.h"
#include "coordinator/core/incident_people.h"
#include "coordinator/core/incident_rules.h"

namespace fleet::coordinator {

namespace {

void Expire(const FleetState& state, const CommandRow& row, const Moment& moment, std::vector<Change>& changes) {
  if (row.offered_ms == 0) {
    ChangeCommand(state, row, v1::COMMAND_STATE_EXPIRED,
                  OwnEvidence("never_sent", "its time was over before the machine could be reached; it did not run"),
                  moment, changes);
    return;
  }
  const std::int64_t since_ms = std::max(row.offered_ms, row.updated_ms);
  ChangeCommand(state, row, v1::COMMAND_STATE_UNKNOWN,
                OwnEvidence("no_answer", "no answer since " + TimeText(since_ms)), moment, changes);
}

void ForgetDispatch(const FleetState& state, const std::string& id, std::vector<Change>& changes) {
  const auto& groups = state.command_index().by_dispatch;
  if (const auto group = groups.find(id); group != groups.end()) {
    for (const auto& [agent, command] : group->second.by_agent) changes.push_back(Drop<CommandRow>(command));
  }
  changes.push_back(Drop<DispatchRow>(id));
}

}  // namespace

Decision DecideDeadline(const FleetState& state, const Moment& moment) {
  Decision decision;
  if (state.dues().empty()) return decision;
  const Due& due = *state.dues().begin();
  if (due.at_ms > moment.now_ms) return decision;
  switch (due.kind) {
    case DueKind::kResponse: CallTime(*state.Incident(due.id), moment, decision.changes); break;
    case DueKind::kEscalation: {
      IncidentRow row = *state.Incident(due.id);
      Escalate(state, moment, row, decision.changes);
      decision.changes.push_back(Put(std::move(row)));
      break;
    }
    case DueKind::kNotice:
      Attempt(state, *state.notices().find(NoticeKey{due.id, due.number})->second, moment, decision);
      break;
    case DueKind::kAcknowledgement: ExpireAcknowledgement(*state.Incident(due.id), moment, decision.changes); break;
    case DueKind::kCommandExpiry: Expire(state, *state.Command(due.id), moment, decision.changes); break;
    case DueKind::kForgetIncident: ForgetIncident(state, *state.Incident(due.id), decision.changes); break;
    case DueKind::kForgetDispatch: ForgetDispatch(state, due.id, decision.changes); break;
  }
  return decision;
}

}  // namespace fleet::coordinator
