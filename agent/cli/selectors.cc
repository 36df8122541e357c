#include "agent/cli/selectors.h"

#include <algorithm>

#include "common/rule_catalogue.h"
#include "common/status.h"
#include "common/utf8.h"

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

bool Matches(std::string_view pattern, std::string_view code) {
  if (!pattern.empty() && pattern.back() == '*') {
    pattern.remove_suffix(1);
    return code.substr(0, pattern.size()) == pattern;
  }
  return code == pattern;
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

void AddSelectorOptions(CLI::App& command, Selectors& selectors) {
  command.add_option("--only", selectors.only, "Only these codes, comma separated; INDEX_* means all that begin so")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("CODE,...");
  command.add_option("--session", selectors.session, "Only what concerns this session or its relatives")
      ->type_name("ID");
}

absl::StatusOr<std::vector<std::string>> ExpandCodes(const std::vector<std::string>& patterns) {
  std::vector<std::string> codes;
  for (const std::string& pattern : patterns) {
    const std::size_t before = codes.size();
    for (const Rule& rule : AllRules()) {
      if (Matches(pattern, rule.code)) codes.push_back(rule.code);
    }
    if (codes.size() == before) {
      return InvalidArgument("no code is called " + ToPrintable(pattern) + "; `dgmo-agent explain` lists them all");
    }
  }
  if (patterns.empty()) {
    for (const Rule& rule : AllRules()) codes.push_back(rule.code);
  }
  return codes;
}

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

absl::StatusOr<std::vector<Finding>> Select(const Selectors& selectors, const HomeModel& home,
                                            std::vector<Finding> findings) {
  if (!selectors.only.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> codes, ExpandCodes(selectors.only));
    const std::set<std::string> wanted(codes.begin(), codes.end());
    std::erase_if(findings, [&](const Finding& finding) { return wanted.count(finding.code) == 0; });
  }
  if (!selectors.session.empty()) {
    const std::set<std::string> ids = RelativesOf(home, selectors.session);
    std::erase_if(findings, [&](const Finding& finding) { return !IsAbout(finding, ids); });
  }
  return findings;
}

}  // namespace fleet::agent
