#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

void CheckUntracked(const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [id, info] : root.model().sessions) {
    if (info.document.parent_kind != SessionDocument::Parent::kId || root.IsFresh(info.stat.mtime_ms())) continue;
    if (root.Record(id) != Presence::kAbsent) continue;
    Finding finding = root.Draft("CHILD_SESSION_UNTRACKED", id, {info.path, root.RecordPath(id)});
    finding.evidence["parent"] = info.document.parent;
    findings.push_back(std::move(finding));
  }
}

// The info of the child or of the parent is gone while the conversation is not. What left nothing at all is residue.
void CheckRelatives(const HomeView& home, const RootView& root, const std::string& id, const SubsessionRecord& record,
                    std::vector<Finding>& findings) {
  const std::string& parent = record.document.parent;
  const Presence info = root.Info(id);
  if (info == Presence::kAbsent && root.Messages(id) == Presence::kPresent) {
    const std::string conversation = root.model().conversations.at(id).path;
    Finding finding = root.Draft("SUBSESSION_SESSION_MISSING", id, {record.path, root.InfoPath(id), conversation});
    finding.evidence["parent"] = parent;
    finding.evidence["messages"] = root.model().conversations.at(id).messages;
    findings.push_back(std::move(finding));
  }
  if (info == Presence::kPresent && home.Info(parent) == Presence::kAbsent) {
    Finding finding = root.Draft("ORPHAN_SUBSESSION", id, {record.path, root.InfoPath(parent)});
    finding.evidence["parent"] = parent;
    finding.evidence["parent_has_messages"] = root.Messages(parent) == Presence::kPresent ? 1 : 0;
    RefuseWithoutTraceOf(root, parent, finding);
    findings.push_back(std::move(finding));
  }
}

void CheckId(const RootView& root, const std::string& id, const SubsessionRecord& record,
             std::vector<Finding>& findings) {
  if (record.document.id == id) return;
  Finding finding = root.Draft("SUBSESSION_ID_MISMATCH", id, {record.path});
  finding.evidence["expected"] = id;
  finding.evidence["actual"] = record.document.id;
  finding.evidence["actual_has_file"] = root.Record(record.document.id) == Presence::kPresent ? 1 : 0;
  finding.evidence["parent"] = record.document.parent;
  AddStat(finding, record.stat);
  findings.push_back(std::move(finding));
}

// Whose index lists the id; the third witness of who the parent is.
std::string ListedBy(const RootView& root, const std::string& id) {
  std::string parents;
  for (const auto& [parent, index] : root.model().indexes) {
    for (const IndexDocument::Entry& entry : index.document.entries) {
      if (entry.text != id) continue;
      parents += (parents.empty() ? "" : " ") + parent;
      break;
    }
  }
  return parents;
}

void CheckParentAgrees(const RootView& root, const std::string& id, const SubsessionRecord& record,
                       std::vector<Finding>& findings) {
  const auto info = root.model().sessions.find(id);
  if (info == root.model().sessions.end() || root.IsFresh(info->second.stat.mtime_ms())) return;
  const SessionDocument& session = info->second.document;
  if (session.parent_kind == SessionDocument::Parent::kId && session.parent == record.document.parent) return;
  Finding finding = root.Draft("SUBSESSION_PARENT_MISMATCH", id, {record.path, info->second.path});
  finding.evidence["parent"] = record.document.parent;
  finding.evidence["session_parent"] = session.parent_kind == SessionDocument::Parent::kId ? session.parent : "none";
  finding.evidence["listed_by"] = ListedBy(root, id);
  findings.push_back(std::move(finding));
}

}  // namespace

void CheckSubsessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  CheckUntracked(root, findings);
  for (const auto& [id, record] : root.model().records) {
    if (root.IsFresh(record.stat.mtime_ms())) continue;
    CheckRelatives(home, root, id, record, findings);
    CheckId(root, id, record, findings);
    CheckParentAgrees(root, id, record, findings);
  }
}

}  // namespace fleet::agent
