#include "agent/cli/relations.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/cli/check_report.h"
#include "common/finding_json.h"
#include "common/rule_catalogue.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Pair = std::pair<std::string, std::string>;  // parent, child

std::set<Pair> EntriesOf(const RootModel& root) {
  std::set<Pair> entries;
  for (const auto& [parent, index] : root.indexes) {
    for (const IndexDocument::Entry& entry : index.document.entries) {
      if (entry.is_text) entries.emplace(parent, entry.text);
    }
  }
  return entries;
}

RootRelations RelationsIn(const RootModel& root) {
  RootRelations relations;
  relations.root = root.root.path;
  relations.records = static_cast<std::int64_t>(root.records.size());
  relations.indexes = static_cast<std::int64_t>(root.indexes.size());
  for (const auto& [parent, index] : root.indexes) {
    relations.entries += static_cast<std::int64_t>(index.document.entries.size());
  }
  const std::set<Pair> entries = EntriesOf(root);
  for (const auto& [id, record] : root.records) {
    if (entries.count({record.document.parent, id}) > 0) ++relations.listed_records;
  }
  for (const auto& [id, info] : root.sessions) {
    if (info.document.parent_kind != SessionDocument::Parent::kId) {
      ++relations.main_sessions;
      continue;
    }
    ++relations.child_sessions;
    const auto record = root.records.find(id);
    if (record == root.records.end()) continue;
    ++relations.tracked_children;
    const std::string& parent = info.document.parent;
    if (record->second.document.parent == parent && entries.count({parent, id}) > 0 &&
        root.sessions.count(parent) > 0) {
      ++relations.intact_sub_sessions;
    }
  }
  return relations;
}

}  // namespace

bool IsAboutRelations(const Finding& finding) {
  const Rule* rule = FindRule(finding.code);
  if (rule == nullptr) return false;
  const int number = rule->number;
  return number == 36 || number == 38 || (number >= 50 && number <= 55) || (number >= 60 && number <= 68);
}

std::vector<RootRelations> RelationsOf(const HomeModel& home, const std::vector<Finding>& findings) {
  std::vector<RootRelations> roots;
  for (const RootModel& root : home.roots) {
    roots.push_back(RelationsIn(root));
    for (const Finding& finding : findings) {
      if (finding.root == root.root.path && IsAboutRelations(finding)) roots.back().findings.push_back(finding);
    }
  }
  return roots;
}

std::string RelationsText(const std::vector<RootRelations>& roots) {
  std::string text;
  for (const RootRelations& root : roots) {
    text += ToPrintable(root.root) + "\n";
    text += "  " + std::to_string(root.main_sessions) + " main sessions, " + std::to_string(root.child_sessions) +
            " child sessions (" + std::to_string(root.tracked_children) + " with a record)\n";
    text += "  " + std::to_string(root.records) + " records (" + std::to_string(root.listed_records) +
            " listed by their parent's index), " + std::to_string(root.indexes) + " indexes with " +
            std::to_string(root.entries) + " entries\n";
    text += "  " + std::to_string(root.intact_sub_sessions) +
            " sub-sessions are whole: session, record, entry and parent\n";
    for (const Finding& finding : root.findings) {
      text += "  " + std::string(SymbolOf(finding.severity)) + " " + finding.code + " " +
              ToPrintable(finding.subject_id) + "\n";
    }
  }
  return roots.empty() ? "no data root\n" : text;
}

nlohmann::ordered_json RelationsJson(const std::vector<RootRelations>& roots) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const RootRelations& root : roots) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const Finding& finding : root.findings) findings.push_back(ToJson(finding));
    list.push_back({{"root", ToUtf8(root.root)},
                    {"main_sessions", root.main_sessions},
                    {"child_sessions", root.child_sessions},
                    {"tracked_children", root.tracked_children},
                    {"records", root.records},
                    {"listed_records", root.listed_records},
                    {"indexes", root.indexes},
                    {"entries", root.entries},
                    {"intact_sub_sessions", root.intact_sub_sessions},
                    {"findings", findings}});
  }
  return {{"roots", list}};
}

}  // namespace fleet::agent
