#include "coordinator/core/query_agents.h"

#include <algorithm>

#include "common/status.h"
#include "coordinator/core/by_prefix.h"
#include "coordinator/core/command_rules.h"

namespace fleet::coordinator {

namespace {

template <class Value>
bool Wanted(const std::vector<Value>& wanted, std::size_t value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), static_cast<Value>(value)) != wanted.end();
}

// The cells of the index that the filter asks for.
std::vector<const AgentIndex::Ids*> CellsOf(const FleetState& state, const AgentFilter& filter) {
  std::vector<const AgentIndex::Ids*> cells;
  const auto& all = state.agent_index().by_health_and_connectivity;
  for (std::size_t health = 0; health < kHealths; ++health) {
    if (!Wanted(filter.health, health)) continue;
    for (std::size_t connectivity = 0; connectivity < kConnectivities; ++connectivity) {
      if (Wanted(filter.connectivity, connectivity)) cells.push_back(&all[health][connectivity]);
    }
  }
  return cells;
}

// The first `count` ids after `token`, over all cells, in order.
std::vector<std::string> Merge(const std::vector<const AgentIndex::Ids*>& cells, const std::string& token,
                               std::size_t count) {
  std::vector<std::string> ids;
  for (const AgentIndex::Ids* cell : cells) {
    auto id = cell->upper_bound(token);
    for (std::size_t i = 0; i < count && id != cell->end(); ++i, ++id) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  if (ids.size() > count) ids.resize(count);
  return ids;
}

}  // namespace

absl::StatusOr<Health> HealthFromText(std::string_view text) {
  for (int i = 0; i < kHealths; ++i) {
    if (HealthText(static_cast<Health>(i)) == text) return static_cast<Health>(i);
  }
  return InvalidArgument("unknown health state \"" + std::string(text.substr(0, 100)) +
                         "\"; use healthy, warning, critical, recovering or emergency");
}

absl::StatusOr<Connectivity> ConnectivityFromText(std::string_view text) {
  for (int i = 0; i < kConnectivities; ++i) {
    if (ConnectivityText(static_cast<Connectivity>(i)) == text) return static_cast<Connectivity>(i);
  }
  return InvalidArgument("unknown connectivity \"" + std::string(text.substr(0, 100)) +
                         "\"; use online, stale or offline");
}

absl::StatusOr<Page<RowPtr<AgentRow>>> ListAgents(const FleetState& state, const AgentFilter& filter,
                                                  const PageRequest& request) {
  ASSIGN_OR_RETURN(const std::size_t size, PageSize(request));
  std::vector<std::string> ids = Merge(CellsOf(state, filter), request.token, size + 1);
  Page<RowPtr<AgentRow>> page;
  const bool more = ids.size() > size;
  if (more) ids.resize(size);
  for (const std::string& id : ids) page.items.push_back(state.Agent(id));
  if (more) page.next_token = ids.back();
  return page;
}

absl::StatusOr<RowPtr<AgentRow>> FindAgent(const FleetState& state, std::string_view text) {
  if (RowPtr<AgentRow> agent = state.Agent(text)) return agent;
  const auto& hosts = state.agent_index().by_host;
  if (const auto host = hosts.find(text); host != hosts.end() && !text.empty()) {
    if (host->second.size() == 1) return state.Agent(*host->second.begin());
    return InvalidArgument(std::to_string(host->second.size()) + " machines are named " + std::string(text) +
                           "; use the id, such as " + *host->second.begin());
  }
  return ByPrefix(state.agents(), text, "machine");
}

std::vector<RowPtr<FindingRow>> FindingsOf(const FleetState& state, const std::string& agent_id, std::size_t limit) {
  std::vector<RowPtr<FindingRow>> findings;
  const auto& rows = state.findings();
  for (auto row = rows.lower_bound(FaultKey{agent_id, ""}); row != rows.end() && row->first.agent_id == agent_id;
       ++row) {
    findings.push_back(row->second);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a->finding->severity < b->finding->severity; });
  if (findings.size() > limit) findings.resize(limit);
  return findings;
}

std::vector<CommandView> CommandsOf(const FleetState& state, const std::string& agent_id, std::size_t limit) {
  std::vector<CommandView> views;
  const auto& by_agent = state.command_index().by_agent;
  const auto commands = by_agent.find(agent_id);
  if (commands == by_agent.end()) return views;
  for (auto command = commands->second.rbegin(); command != commands->second.rend() && views.size() < limit;
       ++command) {
    const RowPtr<CommandRow> row = state.Command(command->second);
    views.push_back({row, WaitingFor(state, *row)});
  }
  return views;
}

std::vector<std::string> StaleAgents(const FleetState& state) {
  std::vector<std::string> ids;
  for (const auto& by_connectivity : state.agent_index().by_health_and_connectivity) {
    const auto& stale = by_connectivity[static_cast<std::size_t>(Connectivity::kStale)];
    ids.insert(ids.end(), stale.begin(), stale.end());
  }
  return ids;
}

}  // namespace fleet::coordinator
