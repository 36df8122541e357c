#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>

namespace fleet::agent {

// Those of the groups that belong to this user alone: his primary group, named as he is, without other members (what
// pam_umask calls a user's own group). nullopt: the user database gave no answer within two seconds. Any thread.
std::optional<std::set<std::uint32_t>> PrivateGroups(uid_t user, const std::set<std::uint32_t>& groups);

}  // namespace fleet::agent
