#include <algorithm>

#include "agent/checks/rules.h"

namespace fleet::agent {

// A child whose parent lies in another root: started in two checkouts, in a moved one, or merged in part. dgmo sees one
// root at a time and so never shows the two together.

namespace {

struct Child {
  std::string parent;
  std::vector<std::string> paths;
  bool has_info = false;
};

std::map<std::string, Child> ChildrenOf(const HomeView& home, const RootView& root) {
  std::map<std::string, Child> children;
  for (const auto& [id, info] : root.model().sessions) {
    if (info.document.parent_kind != SessionDocument::Parent::kId || root.IsFresh(info.stat.mtime_ms())) continue;
    children[id] = {info.document.parent, {info.path}, true};
  }
  for (const auto& [id, record] : root.model().records) {
    // A record of nothing is what deleting leaves.
    if (root.IsFresh(record.stat.mtime_ms()) || home.Trace(id) == Presence::kAbsent) continue;
    Child& child = children.try_emplace(id, Child{record.document.parent, {}, false}).first->second;
    if (child.parent == record.document.parent) child.paths.push_back(record.path);
  }
  return children;
}

const RootView* RootWithInfo(const HomeView& home, const std::string& id) {
  const auto found = std::find_if(home.roots.begin(), home.roots.end(),
                                  [&](const RootView& root) { return root.Info(id) == Presence::kPresent; });
  return found == home.roots.end() ? nullptr : &*found;
}

// A record by itself is what deleting leaves; when the family is together in the other root, nothing is split.
bool IsWhole(const RootView& other, const std::string& child) {
  return other.Info(child) == Presence::kPresent || other.Record(child) == Presence::kPresent;
}

}  // namespace

void CheckAliases(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  if (home.roots.size() < 2) return;
  for (const auto& [id, child] : ChildrenOf(home, root)) {
    if (root.Info(child.parent) != Presence::kAbsent) continue;
    const RootView* other = RootWithInfo(home, child.parent);
    if (other == nullptr || (!child.has_info && IsWhole(*other, id))) continue;
    Finding finding = root.Draft("PROJECT_ALIAS_SPLIT", id, child.paths);
    finding.paths.push_back(other->model().root.path + "/" + other->InfoPath(child.parent));
    finding.evidence["parent"] = child.parent;
    finding.evidence["child_root"] = root.model().root.path;
    finding.evidence["parent_root"] = other->model().root.path;
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
