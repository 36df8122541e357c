#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/root.h"

namespace fleet::agent {

// The places of a home directory; its owner is the user the agent serves there. NotFound or FailedPrecondition when it
// is missing or no directory. With `use_environment` the XDG variables and OPENCODE_DATA_PATH of this process apply
// (its own home).
absl::StatusOr<Home> HomeAt(const std::string& path, bool use_environment);

// All roots of a home, of every layout (catalogue: "Finding out which layout is present"), each once. Where a process's
// environment leads, only what belongs to the home's owner counts: nobody gets the agent to look into another's data.
std::vector<Root> FindRoots(const Home& home, std::map<std::string, Unreadable>& unreadable);

// What an explicitly given directory is: a root, a storage directory, an app directory with several roots, or a
// workspace. InvalidArgument when it is none of these.
absl::StatusOr<std::vector<Root>> ResolveRoot(const std::string& path);

// Whether a value of OPENCODE_DATA_PATH leads to a root: to one of `roots`, which FindRoots gave, or to what
// ResolveRoot knows. An error when it cannot be told.
absl::StatusOr<bool> LeadsToRoot(const std::string& data_path, std::span<const Root> roots);

}  // namespace fleet::agent
