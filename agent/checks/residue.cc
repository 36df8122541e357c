#include <algorithm>

#include "agent/checks/rules.h"

namespace fleet::agent {

// Deleting a session in dgmo leaves its records and indexes behind. They are told from damage by what else is gone:
// nothing of the child is left, and the parent lives or has left nothing either. Indexes of lost parents whose children
// still exist are told from residue here too.

namespace {

bool Lists(const RootModel& model, const std::string& parent, const std::string& child) {
  const auto index = model.indexes.find(parent);
  if (index == model.indexes.end()) return false;
  const auto& entries = index->second.document.entries;
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.text == child; });
}

class Residue {
 public:
  Residue(const HomeView& home, const RootView& root) : home_(home), root_(root) {}

  void AddRecord(const std::string& child, const SubsessionRecord& record) {
    if (root_.IsFresh(record.stat.mtime_ms()) || home_.Trace(child) != Presence::kAbsent) return;
    const std::string& parent = record.document.parent;
    if (home_.Info(parent) == Presence::kPresent) {
      std::vector<std::string>& paths = left_by_[child];
      paths.push_back(record.path);
      if (Lists(root_.model(), parent, child)) paths.push_back(root_.IndexPath(parent));
      parent_of_[child] = parent;
    } else if (home_.Trace(parent) == Presence::kAbsent) {
      left_by_[parent].push_back(record.path);
    }
  }

  // An index without a parent: lost, when a session it lists is there, else residue when nothing is left of any.
  void AddIndex(const std::string& parent, const SubsessionIndex& index, std::vector<Finding>& findings) {
    if (root_.IsFresh(index.stat.mtime_ms()) || home_.Info(parent) != Presence::kAbsent) return;
    std::int64_t living = 0;
    Presence trace = home_.Trace(parent);
    for (const IndexDocument::Entry& entry : index.document.entries) {
      if (root_.Info(entry.text) == Presence::kPresent) ++living;
      trace = std::max(trace, home_.Trace(entry.text));
    }
    if (living > 0) {
      Finding finding = root_.Draft("INDEX_ORPHAN", parent, {index.path, root_.InfoPath(parent)});
      finding.evidence["entries"] = static_cast<std::int64_t>(index.document.entries.size());
      finding.evidence["sessions_that_exist"] = living;
      RefuseWithoutTraceOf(root_, parent, finding);
      findings.push_back(std::move(finding));
    } else if (trace == Presence::kAbsent) {
      left_by_[parent].push_back(index.path);
    }
  }

  void Report(std::vector<Finding>& findings) const {
    for (const auto& [id, paths] : left_by_) {
      Finding finding = root_.Draft("DELETED_RESIDUE", id, paths);
      finding.evidence["files"] = static_cast<std::int64_t>(paths.size());
      const auto parent = parent_of_.find(id);
      if (parent != parent_of_.end()) finding.evidence["parent"] = parent->second;
      findings.push_back(std::move(finding));
    }
  }

 private:
  const HomeView& home_;
  const RootView& root_;
  std::map<std::string, std::vector<std::string>> left_by_;  // deleted session, to what it left
  std::map<std::string, std::string> parent_of_;             // deleted children of living parents
};

}  // namespace

void CheckResidue(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  Residue residue(home, root);
  for (const auto& [child, record] : root.model().records) residue.AddRecord(child, record);
  for (const auto& [parent, index] : root.model().indexes) residue.AddIndex(parent, index, findings);
  residue.Report(findings);
}

}  // namespace fleet::agent
