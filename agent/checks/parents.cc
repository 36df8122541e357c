#include <algorithm>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

using Sessions = std::map<std::string, SessionInfo>;

// The parent a session names, or nothing.
const std::string* ParentOf(const SessionInfo& info) {
  return info.document.parent_kind == SessionDocument::Parent::kId ? &info.document.parent : nullptr;
}

void CheckParent(const HomeView& home, const RootView& root, const std::string& id, const SessionInfo& info,
                 std::vector<Finding>& findings) {
  if (info.document.parent_kind == SessionDocument::Parent::kLiteral) {
    Finding finding = root.Draft("SESSION_PARENT_LITERAL", id, {info.path});
    finding.evidence["actual"] = info.document.parent;
    AddStat(finding, info.stat);
    findings.push_back(std::move(finding));
  }
  const std::string* parent = ParentOf(info);
  if (parent == nullptr) return;
  if (*parent == id) {
    Finding finding = root.Draft("SESSION_PARENT_SELF", id, {info.path});
    finding.evidence["parent"] = *parent;
    findings.push_back(std::move(finding));
  } else if (home.Info(*parent) == Presence::kAbsent) {
    Finding finding = root.Draft("SESSION_PARENT_MISSING", id, {info.path, root.InfoPath(*parent)});
    finding.evidence["parent"] = *parent;
    finding.evidence["parent_has_messages"] = root.Messages(*parent) == Presence::kPresent ? 1 : 0;
    RefuseWithoutTraceOf(root, *parent, finding);
    findings.push_back(std::move(finding));
  }
}

void AddCycle(const RootView& root, std::vector<std::string> ids, std::vector<Finding>& findings) {
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> paths;
  for (const std::string& id : ids) paths.push_back(root.InfoPath(id));
  Finding finding = root.Draft("SESSION_PARENT_CYCLE", ids.front(), paths);
  finding.evidence["sessions"] = static_cast<std::int64_t>(ids.size());
  findings.push_back(std::move(finding));
}

// Follows every chain of parents once: a chain that comes back to itself holds a ring.
void CheckCycles(const RootView& root, std::vector<Finding>& findings) {
  const Sessions& sessions = root.model().sessions;
  std::map<std::string_view, std::size_t> chain_of;  // session, to the chain that visited it
  std::size_t chain = 0;
  for (auto start = sessions.begin(); start != sessions.end(); ++start) {
    ++chain;
    std::vector<std::string> visited;
    auto at = start;
    while (at != sessions.end() && chain_of.try_emplace(at->first, chain).second) {
      visited.push_back(at->first);
      const std::string* parent = ParentOf(at->second);
      at = parent == nullptr ? sessions.end() : sessions.find(*parent);
    }
    if (at == sessions.end() || chain_of[at->first] != chain) continue;
    std::vector<std::string> ring(std::find(visited.begin(), visited.end(), at->first), visited.end());
    const bool fresh = std::any_of(
        ring.begin(), ring.end(), [&](const std::string& id) { return root.IsFresh(sessions.at(id).stat.mtime_ms()); });
    if (ring.size() > 1 && !fresh) AddCycle(root, std::move(ring), findings);
  }
}

}  // namespace

void CheckParents(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [id, info] : root.model().sessions) {
    if (!root.IsFresh(info.stat.mtime_ms())) CheckParent(home, root, id, info, findings);
  }
  CheckCycles(root, findings);
}

}  // namespace fleet::agent
