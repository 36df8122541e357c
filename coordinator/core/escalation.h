#pragma once

#include <string>
#include <vector>

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// The escalation of an incident along its chain, and the outbox of notices that follows from it. Every channel that is
// told of an incident is told of its end; the notices of one incident on one channel go one after the other. Pure: rows
// are changed in place and not put, notices are added to `changes`; one decision tells of one incident once.

// The chain of its severity begins, for an incident that is open or became more severe.
void BeginEscalation(const Moment& moment, IncidentRow& incident);
// Its next step is due.
void Escalate(const FleetState& state, const Moment& moment, IncidentRow& incident, std::vector<Change>& changes);
// Something about it changed that those who were told of it should know: a sentence.
void TellChange(const FleetState& state, const std::string& what, const Moment& moment, IncidentRow& incident,
                std::vector<Change>& changes);
// It is resolved. What was not yet tried is not sent any more.
void TellEnd(const FleetState& state, const std::string& what, const Moment& moment, IncidentRow& incident,
             std::vector<Change>& changes);

// Begins the chains of open incidents that nobody was ever to be told of, because there was none when they were opened.
void EscalateUnescalated(const FleetState& state, const Moment& moment, std::vector<Change>& changes);

// A notice is due: it is sent, and again later unless the answer comes before.
void Attempt(const FleetState& state, const NoticeRow& notice, const Moment& moment, Decision& decision);

}  // namespace fleet::coordinator
