#include <sys/stat.h>

#include <algorithm>

#include "agent/checks/access_rights.h"
#include "agent/checks/rules.h"

namespace fleet::agent {

// Faults of rights and owners of what dgmo has in a home outside its roots, one finding each.

namespace {

bool IsAtOrBelow(const std::string& path, const std::string& directory) {
  return path.compare(0, directory.size(), directory) == 0 &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

class HomePermissions {
 public:
  HomePermissions(const HomeView& home, std::vector<Finding>& findings)
      : facts_(home.model.access), home_(home.model.home), findings_(findings) {}

  void Judge(const std::string& path, const AccessEntry& entry) {
    const FileStat& stat = entry.stat;
    const bool foreign = stat.uid != home_.owner;
    const bool open = IsOpenToWriters(path, stat);
    if (foreign) {
      Finding& finding = Add("PERM_OWNER_MISMATCH", path, stat);
      if (stat.uid != 0) {
        finding.severity = Severity::kP0;
        finding.refusal = "it belongs to another user, who may have written it; find out who and why first";
        finding.evidence["security"] = 1;
      }
    } else if ((stat.mode & entry.owner_needs) != entry.owner_needs) {
      Add(S_ISDIR(stat.mode) ? "PERM_DIR_ACCESS" : "PERM_FILE_ACCESS", path, stat);
    }
    if (open) {
      Finding& finding = Add("PERM_WORLD_WRITABLE", path, stat);
      if (foreign) finding.severity = Severity::kP0;
      finding.evidence["security"] = 1;
    }
    if (IsExposed(path, entry)) Add("PERM_SECRET_EXPOSED", path, stat).evidence["security"] = 1;
    if (stat.immutable || stat.append_only) Add("PERM_IMMUTABLE", path, stat);
  }

  // Directories that are not dgmo's own have only to let it through.
  void JudgeWay(const std::string& path, const FileStat& stat) {
    if (!IsAtOrBelow(path, home_.path) || facts_.entries.count(path) > 0) return;
    const std::uint32_t through = stat.uid == home_.owner ? S_IXUSR : S_IXGRP | S_IXOTH;
    if ((stat.mode & through) == 0) Add("PERM_DIR_ACCESS", path, stat);
  }

 private:
  bool IsOpenToWriters(const std::string& path, const FileStat& stat) const {
    const auto list = facts_.lists.find(path);
    return OthersMayWrite(facts_, home_.owner, stat.mode, stat.gid,
                          list == facts_.lists.end() ? nullptr : &list->second);
  }

  bool IsExposed(const std::string& path, const AccessEntry& entry) const {
    if (entry.keeps_secrets) return (entry.stat.mode & 077) != 0;
    return facts_.with_secrets.count(path) > 0 && OthersMayRead(facts_, entry.stat.mode, entry.stat.gid) &&
           IsReachable(facts_, path.substr(0, path.rfind('/')));
  }

  Finding& Add(std::string_view code, const std::string& path, const FileStat& stat) {
    Finding finding = DraftFinding(code, "", home_.path, path, {path});
    finding.evidence["mode"] = ModeText(stat.mode);
    finding.evidence["uid"] = stat.uid;
    finding.evidence["owner_uid"] = home_.owner;
    findings_.push_back(std::move(finding));
    return findings_.back();
  }

  const AccessFacts& facts_;
  const Home& home_;
  std::vector<Finding>& findings_;
};

}  // namespace

void CheckHomePermissions(const HomeView& home, std::vector<Finding>& findings) {
  if (home.model.home.path.empty()) return;
  HomePermissions permissions(home, findings);
  for (const auto& [path, entry] : home.model.access.entries) permissions.Judge(path, entry);
  for (const auto& [path, stat] : home.model.access.above) {
    // Roots have findings of their own.
    const auto is_root = [&place = path](const RootModel& root) { return IsAtOrBelow(place, root.root.path); };
    if (std::none_of(home.model.roots.begin(), home.model.roots.end(), is_root)) permissions.JudgeWay(path, stat);
  }
}

}  // namespace fleet::agent
