#pragma once

#include <absl/status/status.h>

#include <vector>

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// What people do with an incident. Each adds what follows to `changes`, or refuses: InvalidArgument for a request that
// is none, FailedPrecondition when the incident is resolved or not acknowledged, ResourceExhausted when its timeline is
// full.

absl::Status Acknowledge(const FleetState& state, const IncidentRow& incident,
                         const v1::AcknowledgeIncidentRequest& request, const Moment& moment,
                         std::vector<Change>& changes);
absl::Status Release(const FleetState& state, const IncidentRow& incident, const v1::ReleaseIncidentRequest& request,
                     const Moment& moment, std::vector<Change>& changes);
absl::Status AddNote(const IncidentRow& incident, const v1::NoteIncidentRequest& request, const Moment& moment,
                     std::vector<Change>& changes);

// An acknowledgement has run out: nobody's doing.
void ExpireAcknowledgement(const IncidentRow& incident, const Moment& moment, std::vector<Change>& changes);

}  // namespace fleet::coordinator
