#include "agent/probe/access_probe.h"

#include <sys/stat.h>

#include <set>

#include "agent/probe/acl.h"
#include "agent/probe/private_groups.h"
#include "agent/probe/secret_text.h"
#include "agent/store/directory.h"

namespace fleet::agent {

namespace {

constexpr std::uint32_t kRightsOfOthers = 077;
constexpr std::uint32_t kWriteOfOthers = S_IWGRP | S_IWOTH;

// Directories above, their links followed: what counts is where the way really leads.
void AddAbove(const std::string& directory, AccessFacts& facts) {
  for (std::string at = directory; !at.empty(); at = at.substr(0, at.rfind('/'))) {
    if (facts.above.count(at) > 0) return;
    struct stat st;
    if (stat(at.c_str(), &st) != 0) continue;
    FileStat& stat = facts.above[at];
    stat.mode = st.st_mode;
    stat.uid = st.st_uid;
    stat.gid = st.st_gid;
  }
}

bool ConfigHoldsSecret(const Directory& directory, const std::string& name) {
  PaddedText bytes;
  FileStat stat;
  return directory.Read(name, SizeLimit(DocumentClass::kConfig), bytes, stat).ok() && HoldsSecret(bytes.view());
}

void LookForSecrets(const std::string& directory, const std::string& name, AccessFacts& facts) {
  const absl::StatusOr<Directory> opened = Directory::OpenRoot(directory);
  if (!opened.ok()) return;
  const absl::StatusOr<FileStat> stat = opened->Stat(name);
  if (!stat.ok() || (stat->mode & kRightsOfOthers) == 0 || !ConfigHoldsSecret(*opened, name)) return;
  facts.with_secrets.insert(directory + "/" + name);
}

// A directory of dgmo's and what is in it that matters. Links are left alone: what they lead to is not dgmo's.
void LookAtDirectory(const std::string& path, AccessFacts& facts) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) return;
  AddAbove(path, facts);
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(path);
  if (!directory.ok()) return;  // that it cannot be opened is known already
  if (const auto found = directory->Stat(""); found.ok()) facts.entries[path] = {*found, S_IRWXU, false};
}

void LookAtFile(const std::string& directory, const std::string& name, std::uint32_t owner_needs, bool keeps_secrets,
                AccessFacts& facts) {
  const absl::StatusOr<Directory> opened = Directory::OpenRoot(directory);
  if (!opened.ok()) return;
  const absl::StatusOr<FileStat> stat = opened->Stat(name);
  if (stat.ok() && S_ISREG(stat->mode)) facts.entries[directory + "/" + name] = {*stat, owner_needs, keeps_secrets};
}

void LookAtHome(const Home& home, AccessFacts& facts) {
  for (const std::string app : {"/dgmo", "/opencode"}) {
    LookAtDirectory(home.data_home + app, facts);
    LookAtDirectory(home.data_home + app + "/project", facts);
    LookAtDirectory(home.config_home + app, facts);
    LookAtFile(home.data_home + app, "auth.json", S_IRUSR | S_IWUSR, true, facts);
    // Only read: some keep their configuration where it cannot be changed.
    LookAtFile(home.config_home + app, "config.json", S_IRUSR, false, facts);
    LookForSecrets(home.config_home + app, "config.json", facts);
  }
}

void LookAtRoot(const Root& root, AccessFacts& facts) {
  AddAbove(root.path, facts);
  AddAbove(root.path + "/storage/session/share", facts);
  if (root.kind != RootKind::kGuide) return;
  AddAbove(root.path + "/.opencode", facts);
  LookForSecrets(root.path + "/.opencode", "config.json", facts);
}

// Lists cost a call each, so only where one could explain what the mode shows.
void AddLists(const HomeModel& home, AccessFacts& facts) {
  const auto add = [&](const std::string& path, std::uint32_t mode) {
    if ((mode & kWriteOfOthers) != S_IWGRP) return;
    if (std::optional<Acl> list = ReadAcl(path)) facts.lists[path] = *std::move(list);
  };
  for (const auto& [path, entry] : facts.entries) add(path, entry.stat.mode);
  for (const RootModel& root : home.roots) {
    for (const AccessGroup& group : root.access.groups()) {
      for (const std::string& path : group.paths) {
        add(path.empty() ? root.root.path : root.root.path + "/" + path, group.mode);
      }
    }
  }
}

void AddPrivateGroups(const HomeModel& home, AccessFacts& facts) {
  constexpr std::uint32_t kGroup = S_IRWXG;
  std::set<std::uint32_t> groups;
  for (const auto& [path, entry] : facts.entries) {
    if ((entry.stat.mode & kGroup) != 0) groups.insert(entry.stat.gid);
  }
  for (const auto& [path, stat] : facts.above) groups.insert(stat.gid);
  for (const RootModel& root : home.roots) {
    for (const AccessGroup& group : root.access.groups()) {
      if ((group.mode & kGroup) != 0) groups.insert(group.gid);
    }
  }
  for (const auto& [path, list] : facts.lists) {
    for (const AclEntry& entry : list) {
      if (entry.tag == AclEntry::Tag::kGroup) groups.insert(entry.id);
    }
  }
  const bool alone = home.home.path.empty() && !home.roots.empty();
  facts.private_groups = PrivateGroups(alone ? home.roots.front().root.owner : home.home.owner, groups);
}

}  // namespace

void ProbeAccess(HomeModel& home) {
  AccessFacts facts;
  if (!home.home.path.empty()) LookAtHome(home.home, facts);
  for (const RootModel& root : home.roots) LookAtRoot(root.root, facts);
  AddLists(home, facts);
  AddPrivateGroups(home, facts);
  home.access = std::move(facts);
}

}  // namespace fleet::agent
