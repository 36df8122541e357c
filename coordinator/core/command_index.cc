#include "coordinator/core/command_index.h"

namespace fleet::coordinator {

namespace {

template <class Map, class Value>
void EraseFrom(Map& map, const std::string& key, const Value& value) {
  const auto entry = map.find(key);
  entry->second.erase(value);
  if (entry->second.empty()) map.erase(entry);
}

}  // namespace

void CommandIndex::Add(const CommandRow& command) {
  Group& group = by_dispatch[command.dispatch_id];
  group.by_agent.emplace(command.agent_id, command.id);
  ++group.counts[static_cast<std::size_t>(command.state)];
  const std::pair order{command.created_ms, command.id};
  by_agent[command.agent_id].insert(order);
  if (IsFinal(command.state)) return;
  waiting_by_agent[command.agent_id].insert(order);
  ++waiting;
}

void CommandIndex::Remove(const CommandRow& command) {
  const auto group = by_dispatch.find(command.dispatch_id);
  group->second.by_agent.erase(command.agent_id);
  --group->second.counts[static_cast<std::size_t>(command.state)];
  if (group->second.by_agent.empty()) by_dispatch.erase(group);
  const std::pair order{command.created_ms, command.id};
  EraseFrom(by_agent, command.agent_id, order);
  if (IsFinal(command.state)) return;
  EraseFrom(waiting_by_agent, command.agent_id, order);
  --waiting;
}

}  // namespace fleet::coordinator
