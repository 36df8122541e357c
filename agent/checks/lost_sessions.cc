#include <algorithm>

#include "agent/checks/rules.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

// Sessions of which only a backup is left (catalogue: "Consistency rules", SESSION_FILE_MISSING: "a backup listed it
// and no deletion is known"). dgmo deletes a session's info and messages together with those of all its sub-sessions
// and leaves nothing that tells; so a session that went alone was not deleted by it, and neither were most of a store's
// sessions at once, which nobody deletes one by one.

namespace {

constexpr std::size_t kFewestForMost = 4;

bool HasLivingChild(const RootView& root, const std::string& id) {
  return std::any_of(root.model().sessions.begin(), root.model().sessions.end(), [&](const auto& session) {
    const SessionDocument& document = session.second.document;
    return document.parent_kind == SessionDocument::Parent::kId && document.parent == id;
  });
}

}  // namespace

void CheckLostSessions(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  if (!home.model.backups) return;
  const BackupFacts& facts = *home.model.backups;
  const auto backup = std::find_if(facts.roots.begin(), facts.roots.end(),
                                   [&](const RootBackup& each) { return each.root == root.model().root.path; });
  if (backup == facts.roots.end() || !backup->newest) return;
  std::vector<std::string> gone;
  for (const std::string& id : backup->session_ids) {
    if (IsWellFormedId(id, "ses") && home.Trace(id) == Presence::kAbsent) gone.push_back(id);
  }
  const bool most = gone.size() >= kFewestForMost && gone.size() * 2 > backup->session_ids.size();
  for (const std::string& id : gone) {
    if (!most && !HasLivingChild(root, id)) continue;
    Finding finding = root.Draft("SESSION_FILE_MISSING", id, {root.InfoPath(id)});
    finding.evidence["messages"] = 0;
    finding.evidence["backup"] = facts.backups[*backup->newest].path;
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
