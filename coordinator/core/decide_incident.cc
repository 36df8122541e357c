#include "coordinator/core/by_prefix.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/incident_people.h"

namespace fleet::coordinator {

namespace {

// What people ask of one incident, by its id or a unique beginning of it.
template <class Request, class Rule>
Decision DecideOn(const FleetState& state, const Request& request, const Rule& rule) {
  Decision decision;
  const absl::StatusOr<RowPtr<IncidentRow>> incident = ByPrefix(state.incidents(), request.incident_id(), "incident");
  decision.status = incident.ok() ? rule(**incident, decision.changes) : incident.status();
  if (decision.status.ok()) decision.subject = (*incident)->id;
  return decision;
}

}  // namespace

Decision DecideAcknowledge(const FleetState& state, const IncidentAcknowledged& event, const Moment& moment) {
  return DecideOn(state, event.request, [&](const IncidentRow& incident, std::vector<Change>& changes) {
    return Acknowledge(state, incident, event.request, moment, changes);
  });
}

Decision DecideRelease(const FleetState& state, const IncidentReleased& event, const Moment& moment) {
  return DecideOn(state, event.request, [&](const IncidentRow& incident, std::vector<Change>& changes) {
    return Release(state, incident, event.request, moment, changes);
  });
}

Decision DecideNote(const FleetState& state, const IncidentNoted& event, const Moment& moment) {
  return DecideOn(state, event.request, [&](const IncidentRow& incident, std::vector<Change>& changes) {
    return AddNote(incident, event.request, moment, changes);
  });
}

}  // namespace fleet::coordinator
