#include "agent/checks/relatives.h"

#include <algorithm>
#include <map>
#include <vector>

namespace fleet::agent {

namespace {

using Links = std::map<std::string, std::set<std::string>>;

// All that can be reached from the session along the links, itself included.
std::set<std::string> Reach(const Links& links, const std::string& session) {
  std::set<std::string> reached = {session};
  std::vector<std::string> open = {session};
  while (!open.empty()) {
    const auto found = links.find(open.back());
    open.pop_back();
    if (found == links.end()) continue;
    for (const std::string& next : found->second) {
      if (reached.insert(next).second) open.push_back(next);
    }
  }
  return reached;
}

// Calls visit(parent, child) for every relation the store states, wherever it states it.
template <class Visit>
void ForEachRelation(const RootModel& root, Visit visit) {
  for (const auto& [id, info] : root.sessions) {
    if (info.document.parent_kind == SessionDocument::Parent::kId) visit(info.document.parent, id);
  }
  for (const auto& [id, record] : root.records) visit(record.document.parent, id);
  for (const auto& [parent, index] : root.indexes) {
    for (const IndexDocument::Entry& entry : index.document.entries) {
      if (entry.is_text) visit(parent, entry.text);
    }
  }
}

// The names in a path without what follows their first dot.
bool NamesOneOf(std::string_view path, const std::set<std::string>& ids) {
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (ids.count(std::string(name.substr(0, name.find('.')))) > 0) return true;
    path.remove_prefix(std::min(path.size(), name.size() + 1));
  }
  return false;
}

}  // namespace

std::set<std::string> RelativesOf(const HomeModel& home, const std::string& session) {
  Links children;
  Links parents;
  for (const RootModel& root : home.roots) {
    ForEachRelation(root, [&](const std::string& parent, const std::string& child) {
      children[parent].insert(child);
      parents[child].insert(parent);
    });
  }
  std::set<std::string> relatives = Reach(children, session);
  relatives.merge(Reach(parents, session));
  return relatives;
}

bool IsAbout(const Finding& finding, const std::set<std::string>& ids) {
  if (ids.count(finding.subject_id) > 0) return true;
  return std::any_of(finding.paths.begin(), finding.paths.end(), [&](const std::string& path) {
    return NamesOneOf(std::string_view(path).substr(std::min(path.size(), finding.root.size())), ids);
  });
}

}  // namespace fleet::agent
