#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/repair/plan.h"
#include "agent/store/directory.h"
#include "agent/store/model.h"

namespace fleet::agent {

// The refusals every repair has in common (catalogue: "Repairs", common contract). nullopt: nothing speaks against it.

// Whose data a root is: the home's owner, or, for a root given without a home, its own.
uid_t ServedUser(const Home& home, const Root& root);

// "dgmo_live".
Refusal LiveRefusal(const Root& root);

// "read_only", "io_error_seen" or "foreign_owner".
std::optional<Refusal> RootRefusal(const RootModel& model, const Home& home, const Directory& directory);

// "leaves_root", "hard_linked", "foreign_owner", "needs_privilege" or, in a home, "not_configuration", by what is on
// the disk now. Rights may be set of what is not configuration too: which entries of a home are dgmo's the repair
// knows.
std::optional<Refusal> ChangeRefusal(const Directory& root, RootKind kind, const Change& change, uid_t user);

// Free bytes where the path, or what exists above it, lies; -1 when unknown.
std::int64_t FreeBytes(const std::string& path);

// "no_space" unless twice the bytes to back up and a reserve are free where the state folder and the root lie.
std::optional<Refusal> SpaceRefusal(const std::string& root, const std::string& state, std::int64_t backup_bytes);

}  // namespace fleet::agent
