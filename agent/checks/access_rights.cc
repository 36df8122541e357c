#include "agent/checks/access_rights.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

namespace fleet::agent {

namespace {

constexpr std::uint16_t kAclWrite = 2;

bool IsPrivate(const AccessFacts& facts, std::uint32_t gid) {
  return !facts.private_groups || facts.private_groups->count(gid) > 0;
}

// The list's mask is what the mode shows as the group's rights.
bool ListLetsOthersWrite(const AccessFacts& facts, std::uint32_t owner, std::uint32_t gid, const Acl& list) {
  return std::any_of(list.begin(), list.end(), [&](const AclEntry& entry) {
    if ((entry.may & kAclWrite) == 0) return false;
    if (entry.tag == AclEntry::Tag::kUser) return entry.id != owner;
    if (entry.tag == AclEntry::Tag::kOwningGroup) return !IsPrivate(facts, gid);
    return entry.tag == AclEntry::Tag::kGroup && !IsPrivate(facts, entry.id);
  });
}

}  // namespace

bool OthersMayWrite(const AccessFacts& facts, std::uint32_t owner, std::uint32_t mode, std::uint32_t gid,
                    const Acl* list) {
  if ((mode & S_IWOTH) != 0) return true;
  if ((mode & S_IWGRP) == 0) return false;
  return list != nullptr ? ListLetsOthersWrite(facts, owner, gid, *list) : !IsPrivate(facts, gid);
}

bool OthersMayRead(const AccessFacts& facts, std::uint32_t mode, std::uint32_t gid) {
  return (mode & S_IROTH) != 0 || ((mode & S_IRGRP) != 0 && !IsPrivate(facts, gid));
}

bool IsReachable(const AccessFacts& facts, const std::string& directory) {
  for (std::string at = directory; !at.empty(); at = at.substr(0, at.rfind('/'))) {
    const auto found = facts.above.find(at);
    if (found == facts.above.end()) return false;
    const FileStat& stat = found->second;
    const bool for_group = (stat.mode & S_IXGRP) != 0 && !IsPrivate(facts, stat.gid);
    if ((stat.mode & S_IXOTH) == 0 && !for_group) return false;
  }
  return true;
}

std::string ModeText(std::uint32_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode & 07777);
  return text;
}

}  // namespace fleet::agent
