#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/core/decide.h"

namespace fleet::coordinator {

// A fault that comes back so soon after its incident was resolved is the same incident again.
inline constexpr std::int64_t kReopenMs = 3'600'000;
// Resolved incidents kept of one machine; the oldest make room.
inline constexpr std::size_t kMaxResolvedOfAgent = 2'000;

// Each adds what follows to `changes`; one decision calls at most one of them for one incident.

// Opens one, or again the one that was resolved a moment ago.
void OpenIncident(const FleetState& state, const AgentRow& agent, const FindingPtr& finding, const Moment& moment,
                  std::vector<Change>& changes);
// The finding of an open incident was reported differently.
void UpdateIncident(const FleetState& state, const IncidentRow& incident, const FindingPtr& finding,
                    const Moment& moment, std::vector<Change>& changes);
// The finding of an open incident is gone.
void ResolveIncident(const FleetState& state, const IncidentRow& incident, const Moment& moment,
                     std::vector<Change>& changes);
// Half of its time to respond, or all of it, has passed.
void CallTime(const IncidentRow& incident, const Moment& moment, std::vector<Change>& changes);

// With its timeline and notices.
void ForgetIncident(const FleetState& state, const IncidentRow& incident, std::vector<Change>& changes);
// Makes room when `resolving` more incidents of the agent are about to be resolved.
void ForgetOldestResolved(const FleetState& state, const std::string& agent_id, std::size_t resolving,
                          std::vector<Change>& changes);

// The open incidents that a repair command covers turn to repairing when it starts, and back when it has ended;
// they keep its id when it may have cured them. `command` is the row as it is from now on.
void RepairStarted(const FleetState& state, const CommandRow& command, const Moment& moment,
                   std::vector<Change>& changes);
void RepairEnded(const FleetState& state, const CommandRow& command, const Moment& moment,
                 std::vector<Change>& changes);

}  // namespace fleet::coordinator
