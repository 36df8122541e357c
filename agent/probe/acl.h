#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/checks/facts/access_facts.h"

namespace fleet::agent {

// The kernel's form of an access control list, as the attribute system.posix_acl_access holds it; nullopt when it is
// none. Pure.
std::optional<Acl> ParseAcl(std::string_view bytes);

// The list of a file or directory itself; nullopt when it has none beyond its mode, or it cannot be read.
std::optional<Acl> ReadAcl(const std::string& path);

}  // namespace fleet::agent
