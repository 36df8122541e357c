#include <algorithm>
#include <set>

#include "agent/checks/rules.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

// A record that its parent's index should list. Of a parent that left nothing the records are another rule's.
bool ShouldBeListed(const RootView& root, const SubsessionRecord& record) {
  const std::string& parent = record.document.parent;
  return !root.IsFresh(record.stat.mtime_ms()) &&
         (root.Info(parent) == Presence::kPresent || root.Messages(parent) == Presence::kPresent);
}

Finding DraftForChild(const RootView& root, std::string_view code, const std::string& parent, const std::string& child,
                      const SubsessionIndex& index) {
  std::vector<std::string> paths = {index.path};
  if (root.Record(child) == Presence::kPresent) paths.push_back(root.RecordPath(child));
  Finding finding = root.Draft(code, child, paths, parent + "/" + child);
  finding.evidence["parent"] = parent;
  finding.evidence["entries"] = static_cast<std::int64_t>(index.document.entries.size());
  return finding;
}

void CheckUnlisted(const RootView& root, std::vector<Finding>& findings) {
  std::map<std::string, std::vector<std::string>> without_index;  // parent, to record paths
  for (const auto& [child, record] : root.model().records) {
    const std::string& parent = record.document.parent;
    if (!ShouldBeListed(root, record)) continue;
    if (root.Index(parent) == Presence::kAbsent) without_index[parent].push_back(record.path);
  }
  for (auto& [parent, paths] : without_index) {
    const auto records = static_cast<std::int64_t>(paths.size());
    paths.insert(paths.begin(), root.IndexPath(parent));
    Finding finding = root.Draft("SUBSESSION_INDEX_MISSING", parent, paths);
    finding.evidence["records"] = records;
    findings.push_back(std::move(finding));
  }
}

void CheckMissingEntries(const RootView& root, const std::map<std::string, std::set<std::string>>& listed,
                         std::vector<Finding>& findings) {
  for (const auto& [child, record] : root.model().records) {
    const std::string& parent = record.document.parent;
    const auto index = root.model().indexes.find(parent);
    if (index == root.model().indexes.end() || root.IsFresh(index->second.stat.mtime_ms())) continue;
    if (!ShouldBeListed(root, record) || listed.at(parent).count(child) > 0) continue;
    findings.push_back(DraftForChild(root, "INDEX_MISSING_ENTRY", parent, child, index->second));
  }
}

// What an entry without a record means, and so what cures it: the child may be there all the same.
void AddDangling(const HomeView& home, const RootView& root, const std::string& parent, const std::string& child,
                 const SubsessionIndex& index, std::vector<Finding>& findings) {
  const bool parent_lives = root.Info(parent) != Presence::kAbsent;
  if (!parent_lives && home.Trace(child) == Presence::kAbsent) return;  // residue
  Finding finding = DraftForChild(root, "INDEX_DANGLING_ENTRY", parent, child, index);
  finding.paths.push_back(root.model().root.path + "/" + root.RecordPath(child));
  const auto info = root.model().sessions.find(child);
  const bool has_info = root.Info(child) == Presence::kPresent;
  const bool is_stranger = info != root.model().sessions.end() && info->second.document.parent != parent;
  if (has_info) finding.severity = Severity::kP2;
  if (!is_stranger && (has_info || root.Messages(child) == Presence::kPresent)) {
    SetRepair(finding, "R-SUBSESSION-SYNTH");
  }
  finding.evidence["session_exists"] = has_info ? 1 : 0;
  findings.push_back(std::move(finding));
}

// Something that dgmo would use as part of a path although it names no session. Ids of another form that have a
// record do occur in hand-made data.
bool IsMalformed(const RootView& root, const IndexDocument::Entry& entry) {
  return !entry.is_text || (!IsWellFormedId(entry.text, "ses") && root.Record(entry.text) == Presence::kAbsent);
}

void CheckEntries(const HomeView& home, const RootView& root, const std::string& parent, const SubsessionIndex& index,
                  std::vector<Finding>& findings) {
  std::map<std::string, std::int64_t> times;
  std::int64_t malformed = 0;
  for (const IndexDocument::Entry& entry : index.document.entries) {
    if (IsMalformed(root, entry)) {
      ++malformed;
    } else {
      ++times[entry.text];
    }
  }
  if (malformed > 0) {
    Finding finding = root.Draft("INDEX_ENTRY_MALFORMED", parent, {index.path});
    finding.evidence["malformed"] = malformed;
    finding.evidence["entries"] = static_cast<std::int64_t>(index.document.entries.size());
    findings.push_back(std::move(finding));
  }
  for (const auto& [child, count] : times) {
    const auto record = root.model().records.find(child);
    if (root.Record(child) == Presence::kAbsent) AddDangling(home, root, parent, child, index, findings);
    if (record != root.model().records.end() && record->second.document.parent != parent) {
      findings.push_back(DraftForChild(root, "INDEX_WRONG_PARENT", parent, child, index));
      findings.back().evidence["record_parent"] = record->second.document.parent;
    }
    if (count > 1) {
      findings.push_back(DraftForChild(root, "INDEX_DUPLICATE_ENTRY", parent, child, index));
      findings.back().evidence["times"] = count;
    }
  }
}

}  // namespace

void CheckIndexes(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  std::map<std::string, std::set<std::string>> listed;
  for (const auto& [parent, index] : root.model().indexes) {
    std::set<std::string>& children = listed[parent];
    for (const IndexDocument::Entry& entry : index.document.entries) {
      if (entry.is_text) children.insert(entry.text);
    }
    if (!root.IsFresh(index.stat.mtime_ms())) CheckEntries(home, root, parent, index, findings);
  }
  CheckUnlisted(root, findings);
  CheckMissingEntries(root, listed, findings);
}

}  // namespace fleet::agent
