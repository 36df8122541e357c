#include "coordinator/core/dispatch_plan.h"

#include <algorithm>
#include <set>

#include "common/sha256.h"
#include "common/status.h"
#include "coordinator/core/command_rules.h"
#include "coordinator/core/query_agents.h"

namespace fleet::coordinator {

namespace {

using Ids = std::set<std::string, std::less<>>;

constexpr std::size_t kMaxSelectorBytes = 4 * 1024 * 1024;

absl::Status CheckSelector(const v1::Selector& selector) {
  if (selector.agent_ids().empty() && selector.codes().empty() && selector.health().empty() && !selector.all()) {
    return InvalidArgument("the selector is empty; name machines, codes or health states, or say all");
  }
  if (selector.ByteSizeLong() > kMaxSelectorBytes) return InvalidArgument("the selector is over 4 MiB");
  return absl::OkStatus();
}

absl::StatusOr<Ids> NamedAgents(const FleetState& state, const v1::Selector& selector) {
  Ids ids;
  for (const std::string& name : selector.agent_ids()) {
    ASSIGN_OR_RETURN(const RowPtr<AgentRow> agent, FindAgent(state, name));
    ids.insert(agent->id);
  }
  return ids;
}

Ids AgentsWithCodes(const FleetState& state, const v1::Selector& selector) {
  Ids ids;
  for (const std::string& code : selector.codes()) {
    const auto agents = state.agents_by_code().find(code);
    if (agents == state.agents_by_code().end()) continue;
    for (const auto& [id, count] : agents->second) ids.insert(id);
  }
  return ids;
}

absl::StatusOr<Ids> AgentsOfHealth(const FleetState& state, const v1::Selector& selector) {
  Ids ids;
  for (const std::string& text : selector.health()) {
    ASSIGN_OR_RETURN(const Health health, HealthFromText(text));
    for (const auto& cell : state.agent_index().by_health_and_connectivity[static_cast<std::size_t>(health)]) {
      ids.insert(cell.begin(), cell.end());
    }
  }
  return ids;
}

Ids Both(const Ids& a, const Ids& b) {
  Ids both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
  return both;
}

absl::StatusOr<Ids> Select(const FleetState& state, const v1::Selector& selector) {
  std::vector<Ids> parts;
  if (!selector.agent_ids().empty()) {
    ASSIGN_OR_RETURN(Ids ids, NamedAgents(state, selector));
    parts.push_back(std::move(ids));
  }
  if (!selector.codes().empty()) parts.push_back(AgentsWithCodes(state, selector));
  if (!selector.health().empty()) {
    ASSIGN_OR_RETURN(Ids ids, AgentsOfHealth(state, selector));
    parts.push_back(std::move(ids));
  }
  if (parts.empty()) {
    Ids all;
    for (const auto& [id, agent] : state.agents()) all.insert(all.end(), id);
    return all;
  }
  Ids selected = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) selected = Both(selected, parts[i]);
  return selected;
}

std::int64_t MatchingFindings(const FleetState& state, const std::string& agent_id, const v1::Selector& selector,
                              const v1::Action& action) {
  std::int64_t count = 0;
  const auto& rows = state.findings();
  for (auto row = rows.lower_bound(FaultKey{agent_id, ""}); row != rows.end() && row->first.agent_id == agent_id;
       ++row) {
    const Finding& finding = *row->second->finding;
    const bool selected = selector.codes().empty() || std::find(selector.codes().begin(), selector.codes().end(),
                                                                finding.code) != selector.codes().end();
    if (selected && (!action.has_repair() || Covers(action, finding))) ++count;
  }
  return count;
}

// Every part with its length before it, so that no two plans have the same bytes.
std::string PlanHash(const v1::Selector& selector, const v1::Action& action,
                     const std::vector<DispatchTarget>& targets) {
  std::string bytes;
  const auto add = [&bytes](const std::string& part) { bytes += std::to_string(part.size()) + ":" + part; };
  add(selector.SerializeAsString());
  add(action.SerializeAsString());
  for (const DispatchTarget& target : targets) add(target.agent->id);
  return Sha256Hex(bytes);
}

}  // namespace

absl::StatusOr<DispatchPlan> PlanDispatch(const FleetState& state, const v1::Selector& selector,
                                          const v1::Action& action) {
  RETURN_IF_ERROR(CheckSelector(selector));
  RETURN_IF_ERROR(CheckAction(action));
  ASSIGN_OR_RETURN(const Ids ids, Select(state, selector));
  DispatchPlan plan;
  plan.targets.reserve(ids.size());
  for (const std::string& id : ids) {
    plan.targets.push_back({state.Agent(id), MatchingFindings(state, id, selector, action)});
  }
  plan.plan_hash = PlanHash(selector, action, plan.targets);
  return plan;
}

}  // namespace fleet::coordinator
