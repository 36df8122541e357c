#include "agent/probe/private_groups.h"

#include <grp.h>
#include <pwd.h>

#include <string>
#include <vector>

#include "agent/probe/bounded_call.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kLimit{2'000};
constexpr std::size_t kRoom = 64 * 1024;  // for the members of one group

struct User {
  std::string name;
  gid_t group = 0;
};

// Nobody that the database knows: in a container, by number.
std::optional<User> FindUser(uid_t uid) {
  std::vector<char> room(kRoom);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return std::nullopt;
  return User{entry.pw_name, entry.pw_gid};
}

bool IsOwn(const std::optional<User>& user, uid_t uid, gid_t gid) {
  std::vector<char> room(kRoom);
  group entry{};
  group* found = nullptr;
  if (getgrgid_r(gid, &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return gid == uid;
  if (!user || user->group != gid || user->name != entry.gr_name) return false;
  for (char** member = entry.gr_mem; *member != nullptr; ++member) {
    if (user->name != *member) return false;
  }
  return true;
}

}  // namespace

std::optional<std::set<std::uint32_t>> PrivateGroups(uid_t user, const std::set<std::uint32_t>& groups) {
  static BoundedCalls& calls = *new BoundedCalls();  // lives as long as a call that hangs
  return calls.Run<std::set<std::uint32_t>>(kLimit, [user, groups] {
    const std::optional<User> known = FindUser(user);
    std::set<std::uint32_t> own;
    for (const std::uint32_t gid : groups) {
      if (IsOwn(known, user, gid)) own.insert(gid);
    }
    return own;
  });
}

}  // namespace fleet::agent
