#include <algorithm>
#include <set>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

// How often each kind of disagreement occurs, and which file shows the first.
struct Disagreements {
  std::map<std::string, EvidenceValue> counts;
  std::vector<std::string> paths;

  void Add(const std::string& kind, const std::string& path) {
    const auto known = counts.try_emplace(kind, std::int64_t{0}).first;
    if (std::get<std::int64_t>(known->second)++ == 0) paths.push_back(path);
  }
};

void CompareEntry(const RootView& root, const GuideIndexDocument::Entry& entry, Disagreements& found) {
  if (root.Info(entry.key) == Presence::kAbsent) found.Add("listed_without_file", root.InfoPath(entry.key));
  if (entry.id != entry.key) found.Add("key_and_id_differ", root.InfoPath(entry.key));
  for (const std::string& child : entry.subsessions) {
    if (root.Record(child) != Presence::kAbsent || root.Info(child) != Presence::kAbsent) continue;
    found.Add("sub_session_without_file", root.RecordPath(child));
  }
}

void CompareFiles(const RootView& root, const GuideIndexDocument& document, Disagreements& found) {
  std::map<std::string, std::set<std::string>> listed;
  for (const GuideIndexDocument::Entry& entry : document.entries) {
    listed[entry.key].insert(entry.subsessions.begin(), entry.subsessions.end());
  }
  for (const auto& [id, info] : root.model().sessions) {
    const bool is_child = info.document.parent_kind == SessionDocument::Parent::kId;
    if (!is_child && listed.count(id) == 0) found.Add("session_not_listed", info.path);
  }
  for (const auto& [id, record] : root.model().records) {
    const auto parent = listed.find(record.document.parent);
    if (parent != listed.end() && parent->second.count(id) == 0) found.Add("sub_session_not_listed", record.path);
  }
}

// While dgmo or a script is at work the index may be a moment behind.
bool IsSettled(const RootView& root) {
  const auto fresh = [&](const auto& entry) { return root.IsFresh(entry.second.stat.mtime_ms()); };
  const RootModel& model = root.model();
  return !root.IsFresh(model.guide_index->stat.mtime_ms()) &&
         std::none_of(model.sessions.begin(), model.sessions.end(), fresh) &&
         std::none_of(model.records.begin(), model.records.end(), fresh);
}

}  // namespace

void CheckGuideIndex(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  const std::optional<GuideIndex>& index = root.model().guide_index;
  if (!index || !IsSettled(root)) return;
  Disagreements found;
  for (const GuideIndexDocument::Entry& entry : index->document.entries) CompareEntry(root, entry, found);
  CompareFiles(root, index->document, found);
  if (found.counts.empty()) return;
  found.paths.insert(found.paths.begin(), index->path);
  Finding finding = root.Draft("GUIDE_INDEX_MISMATCH", "", found.paths, index->path);
  finding.evidence = found.counts;
  AddStat(finding, index->stat);
  findings.push_back(std::move(finding));
}

}  // namespace fleet::agent
