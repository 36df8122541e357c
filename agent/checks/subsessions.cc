#include <map>
#include <set>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

// A parent of another root only has a finding of its own, and a record in this one would not show the child there.
bool IsElsewhere(const HomeView& home, const RootView& root, const std::string& parent) {
  return root.Info(parent) == Presence::kAbsent && home.Info(parent) == Presence::kPresent;
}

void CheckUntracked(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [id, info] : root.model().sessions) {
    if (info.document.parent_kind != SessionDocument::Parent::kId || root.IsFresh(info.stat.mtime_ms())) continue;
    if (root.Record(id) != Presence::kAbsent || IsElsewhere(home, root, info.document.parent)) continue;
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
using Listings = std::map<std::string_view, std::set<std::string_view>>;  // child, to parents

Listings ListingsOf(const RootModel& model) {
  Listings listings;
  for (const auto& [parent, index] : model.indexes) {
    for (const IndexDocument::Entry& entry : index.document.entries) listings[entry.text].insert(parent);
  }
  return listings;
}

std::string ListedBy(const Listings& listings, const std::string& id) {
  std::string parents;
  const auto found = listings.find(id);
  if (found == listings.end()) return parents;
  for (const std::string_view parent : found->second) parents.append(parents.empty() ? "" : " ").append(parent);
  return parents;
}

void CheckParentAgrees(const RootView& root, const Listings& listings, const std::string& id,
                       const SubsessionRecord& record, std::vector<Finding>& findings) {
  const auto info = root.model().sessions.find(id);
  if (info == root.model().sessions.end() || root.IsFresh(info->second.stat.mtime_ms())) return;
  const SessionDocument& session = info->second.document;
  if (session.parent_kind == SessionDocument::Parent::kId && session.parent == record.document.parent) return;
  Finding finding = root.Draft("SUBSESSION_PARENT_MISMATCH", id, {record.path, info->second.path});
  finding.evidence["parent"] = record.document.parent;
  finding.evidence["session_parent"] = session.parent_kind == SessionDocument::Parent::kId ? session.parent : "none";
  finding.evidence["listed_by"] = ListedBy(listings, id);
  findings.push_back(std::move(finding));
}

}  // namespace

void CheckSubsessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  CheckUntracked(home, root, findings);
  const Listings listings = ListingsOf(root.model());
  for (const auto& [id, record] : root.model().records) {
    if (root.IsFresh(record.stat.mtime_ms())) continue;
    CheckRelatives(home, root, id, record, findings);
    CheckId(root, id, record, findings);
    CheckParentAgrees(root, listings, id, record, findings);
  }
}

}  // namespace fleet::agent
