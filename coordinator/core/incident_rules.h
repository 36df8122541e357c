#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// How long after its opening an incident may wait for a response: P0 not at all, P1 4 h, P2 24 h, P3 72 h.
std::int64_t ResponseMs(Severity severity);

// Timelines end here, save for the lines that resolve an incident: a fault that flaps must not fill the disk.
inline constexpr std::int64_t kMaxTimeline = 200;
// Resolved incidents kept of one machine.
inline constexpr std::size_t kMaxResolvedOfAgent = 2'000;

// Each adds what follows to `changes`; one decision calls at most one of them for one incident.
void OpenIncident(const FleetState& state, const AgentRow& agent, const FindingPtr& finding, const Moment& moment,
                  std::vector<Change>& changes);
void UpdateIncident(const IncidentRow& incident, const FindingPtr& finding, const Moment& moment,
                    std::vector<Change>& changes);
void ResolveIncident(const FleetState& state, const IncidentRow& incident, const Moment& moment,
                     std::vector<Change>& changes);

// The open incidents that a repair command covers turn to repairing when it starts, and back when it has ended.
void RepairStarted(const FleetState& state, const CommandRow& command, const Moment& moment,
                   std::vector<Change>& changes);
void RepairEnded(const FleetState& state, const CommandRow& command, const Moment& moment,
                 std::vector<Change>& changes);

}  // namespace fleet::coordinator
