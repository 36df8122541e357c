#include "coordinator/core/incident_index.h"

namespace fleet::coordinator {

namespace {

FaultKey FaultOf(const IncidentRow& incident) { return {incident.agent_id, incident.finding->fingerprint}; }

FaultOrder FaultOrderOf(const IncidentRow& incident) { return {IsOpen(incident), incident.resolved_ms, incident.id}; }

// Erases the value, and the entry with its last value.
template <class Map, class Key, class Value>
void EraseFrom(Map& map, const Key& key, const Value& value) {
  const auto entry = map.find(key);
  entry->second.erase(value);
  if (entry->second.empty()) map.erase(entry);
}

}  // namespace

IncidentOrder OrderOf(const IncidentRow& incident) {
  if (IsOpen(incident)) return {false, incident.severity, incident.respond_by_ms, incident.id};
  return {true, Severity::kP0, -incident.resolved_ms, incident.id};
}

void IncidentIndex::Add(const IncidentRow& incident) {
  ordered.insert(OrderOf(incident));
  by_agent[incident.agent_id].insert(OrderOf(incident));
  by_fault[FaultOf(incident)].insert(FaultOrderOf(incident));
  if (!IsOpen(incident)) return;
  ++open_by_severity[static_cast<int>(incident.severity)];
  if (incident.overdue) ++overdue;
}

void IncidentIndex::Remove(const IncidentRow& incident) {
  ordered.erase(OrderOf(incident));
  EraseFrom(by_agent, incident.agent_id, OrderOf(incident));
  EraseFrom(by_fault, FaultOf(incident), FaultOrderOf(incident));
  if (!IsOpen(incident)) return;
  --open_by_severity[static_cast<int>(incident.severity)];
  if (incident.overdue) --overdue;
}

}  // namespace fleet::coordinator
