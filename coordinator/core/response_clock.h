#pragma once

#include <cstdint>
#include <string>

#include "coordinator/core/rows.h"

namespace fleet::coordinator {

// The clock of an incident's response (catalogue: "Escalation"): it runs from the opening, stands still while somebody
// has acknowledged the incident, and goes on where it stopped; the next step of its escalation
// goes by it too. Pure; rows are changed in place, without their timeline.

// How long an incident may wait for a response: P0 not at all, P1 4 h, P2 24 h, P3 72 h.
std::int64_t ResponseMs(Severity severity);
// How long an acknowledgement holds when nobody says otherwise: as long as a response may take, and a P0 for an hour.
std::int64_t DefaultLeaseMs(Severity severity);

// When half of the time to respond is over.
std::int64_t HalfOverMs(const IncidentRow& incident);

// From now on, with all of the time.
void StartClock(std::int64_t now_ms, IncidentRow& incident);
// Another severity has another time to respond; what has passed of it stays. What was said of a deadline that is now a
// later one no longer holds.
void ChangeSeverity(Severity severity, std::int64_t now_ms, IncidentRow& incident);

// Stops the clock, or keeps it stopped for longer or shorter.
void StopClock(const std::string& owner, std::int64_t until_ms, std::int64_t now_ms, IncidentRow& incident);
// The clock goes on: the acknowledgement ran out at that time, or was given back.
void ResumeClock(std::int64_t at_ms, IncidentRow& incident);

}  // namespace fleet::coordinator
