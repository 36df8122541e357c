#include "coordinator/core/agent_index.h"

namespace fleet::coordinator {

namespace {

// Emergency, critical, recovering, warning: how soon a person should look.
int Badness(Health health) {
  switch (health) {
    case Health::kEmergency: return 0;
    case Health::kCritical: return 1;
    case Health::kRecovering: return 2;
    case Health::kWarning: return 3;
    case Health::kHealthy: break;
  }
  return 4;
}

WorstKey WorstKeyOf(const AgentRow& agent) {
  WorstKey key{Badness(HealthOf(agent)), {}, agent.id};
  for (std::size_t i = 0; i < kSeverities; ++i) key.fewer[i] = -agent.findings_by_severity[i];
  return key;
}

AgentIndex::Ids& CellOf(AgentIndex& index, const AgentRow& agent) {
  return index.by_health_and_connectivity[static_cast<std::size_t>(HealthOf(agent))]
                                         [static_cast<std::size_t>(agent.connectivity)];
}

}  // namespace

void AgentIndex::Add(const AgentRow& agent) {
  CellOf(*this, agent).insert(agent.id);
  by_host[agent.host_name].insert(agent.id);
  if (HealthOf(agent) != Health::kHealthy) worst.insert(WorstKeyOf(agent));
}

void AgentIndex::Remove(const AgentRow& agent) {
  CellOf(*this, agent).erase(agent.id);
  const auto host = by_host.find(agent.host_name);
  host->second.erase(agent.id);
  if (host->second.empty()) by_host.erase(host);
  worst.erase(WorstKeyOf(agent));
}

}  // namespace fleet::coordinator
