#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

Finding DraftShare(const RootView& root, const std::string& session, bool has_address) {
  const std::string info = root.InfoPath(session);
  const std::string share = root.SharePath(session);
  const std::vector<std::string> paths = has_address ? std::vector{info, share} : std::vector{share, info};
  Finding finding = root.Draft("SHARE_MISMATCH", session, paths);
  finding.evidence["address_in_info"] = has_address ? 1 : 0;
  finding.evidence["share_file"] = has_address ? 0 : 1;
  return finding;
}

}  // namespace

void CheckShares(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  const RootModel& model = root.model();
  for (const auto& [id, info] : model.sessions) {
    if (!info.document.shared || root.IsFresh(info.stat.mtime_ms())) continue;
    if (root.Share(id) == Presence::kAbsent) findings.push_back(DraftShare(root, id, true));
  }
  // A damaged info may well name the share.
  for (const std::string& id : model.shares) {
    const auto info = model.sessions.find(id);
    const bool stands = info == model.sessions.end()
                            ? root.Info(id) == Presence::kAbsent
                            : !info->second.document.shared && !root.IsFresh(info->second.stat.mtime_ms());
    if (stands) findings.push_back(DraftShare(root, id, false));
  }
}

}  // namespace fleet::agent
