#pragma once

#include <cstdint>
#include <string>

#include "agent/checks/facts/access_facts.h"

namespace fleet::agent {

// What modes, groups and access control lists allow to whom. Pure. What could not be found out allows nothing, so that
// no finding comes of it.

// Whether somebody else than `owner` may write to what has this mode and group; `list` is its access control list, or
// nullptr. A group that only the owner is in harms nobody: where each user has a group of his own, as on Fedora,
// everything that dgmo writes is writable for it.
bool OthersMayWrite(const AccessFacts& facts, std::uint32_t owner, std::uint32_t mode, std::uint32_t gid,
                    const Acl* list);
bool OthersMayRead(const AccessFacts& facts, std::uint32_t mode, std::uint32_t gid);

// Whether others can get into this directory, an absolute path, at all: a private home protects what is open inside.
bool IsReachable(const AccessFacts& facts, const std::string& directory);

// The permission bits as chmod takes them: "0644".
std::string ModeText(std::uint32_t mode);

}  // namespace fleet::agent
