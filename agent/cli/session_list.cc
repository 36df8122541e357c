#include "agent/cli/session_list.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "agent/cli/check_report.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

std::int64_t Millis(double value) {
  return std::isfinite(value) && std::abs(value) < 9e15 ? static_cast<std::int64_t>(value) : 0;
}

// Findings go to the session they are about; those about a message to its conversation's.
std::map<std::string, Severity> WorstBySession(const std::string& root, const std::vector<Finding>& findings) {
  std::map<std::string, Severity> worst;
  for (const Finding& finding : findings) {
    if (finding.root != root) continue;
    const auto session = finding.evidence.find("session");
    const std::string* owner = session == finding.evidence.end() ? nullptr : std::get_if<std::string>(&session->second);
    const auto entry = worst.try_emplace(owner == nullptr ? finding.subject_id : *owner, finding.severity).first;
    entry->second = std::min(entry->second, finding.severity);
  }
  return worst;
}

SessionRow MakeRow(const RootModel& root, const std::string& id) {
  SessionRow row;
  row.id = id;
  row.root = root.root.path;
  const auto conversation = root.conversations.find(id);
  if (conversation != root.conversations.end()) {
    row.messages = conversation->second.messages + conversation->second.damaged;
    row.last_activity_ms = conversation->second.newest_ms;
  }
  const auto info = root.sessions.find(id);
  if (info != root.sessions.end()) {
    row.title = info->second.document.title;
    row.created_ms = Millis(info->second.document.created);
    if (info->second.document.parent_kind == SessionDocument::Parent::kId) row.parent = info->second.document.parent;
  } else if (const auto record = root.records.find(id); record != root.records.end()) {
    row.parent = record->second.document.parent;
  }
  if (row.created_ms == 0 && conversation != root.conversations.end()) {
    row.created_ms = IdTimeMs(id, conversation->second.oldest_ms).value_or(conversation->second.oldest_ms);
  }
  row.last_activity_ms = std::max(row.last_activity_ms, row.created_ms);
  return row;
}

void ListRoot(const RootModel& root, const std::vector<Finding>& findings, std::vector<SessionRow>& rows) {
  std::set<std::string> ids;
  for (const auto& [id, info] : root.sessions) ids.insert(id);
  for (const auto& [id, conversation] : root.conversations) {
    if (conversation.messages + conversation.damaged > 0) ids.insert(id);
  }
  for (const auto& [path, damaged] : root.damaged) {
    if (damaged.place.cls == DocumentClass::kSession) ids.insert(damaged.place.subject);
  }
  std::map<std::string, std::int64_t> children;
  for (const auto& [id, record] : root.records) ++children[record.document.parent];
  const std::map<std::string, Severity> worst = WorstBySession(root.root.path, findings);
  for (const std::string& id : ids) {
    SessionRow row = MakeRow(root, id);
    if (const auto count = children.find(id); count != children.end()) row.sub_sessions = count->second;
    if (const auto found = worst.find(id); found != worst.end()) row.worst = found->second;
    rows.push_back(std::move(row));
  }
}

}  // namespace

std::vector<SessionRow> ListSessions(const HomeModel& home, const std::vector<Finding>& findings) {
  std::vector<SessionRow> rows;
  for (const RootModel& root : home.roots) ListRoot(root, findings, rows);
  std::stable_sort(rows.begin(), rows.end(), [](const SessionRow& a, const SessionRow& b) {
    return std::tie(b.last_activity_ms, a.id) < std::tie(a.last_activity_ms, b.id);
  });
  return rows;
}

std::vector<TreeRow> ArrangeAsTree(const std::vector<SessionRow>& rows) {
  using Key = std::pair<std::string, std::string>;  // root and id: copies in two roots are two sessions
  std::map<Key, std::size_t> known;
  for (std::size_t i = 0; i < rows.size(); ++i) known[{rows[i].root, rows[i].id}] = i;
  std::vector<std::vector<std::size_t>> children(rows.size());
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto parent = known.find({rows[i].root, rows[i].parent});
    if (rows[i].parent.empty() || parent == known.end()) {
      starts.push_back(i);
    } else {
      children[parent->second].push_back(i);
    }
  }
  // After the main sessions every row once more: a ring of parents has no start of its own.
  for (std::size_t i = 0; i < rows.size(); ++i) starts.push_back(i);
  std::vector<bool> shown(rows.size());
  std::vector<TreeRow> tree;
  for (const std::size_t start : starts) {
    std::vector<TreeRow> open = {{start, 0}};
    while (!open.empty()) {
      const TreeRow row = open.back();
      open.pop_back();
      if (shown[row.session]) continue;
      shown[row.session] = true;
      tree.push_back(row);
      // Oldest first: rows come latest first, and the stack turns them round once more.
      for (const std::size_t child : children[row.session]) open.push_back({child, row.depth + 1});
    }
  }
  return tree;
}

}  // namespace fleet::agent
