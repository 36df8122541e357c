#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/root.h"

namespace fleet::agent {

// The places of a home directory; its owner is the user the agent serves there. NotFound or FailedPrecondition when it
// is missing or no directory. With `use_environment` the XDG variables of this process apply (its own home).
absl::StatusOr<Home> HomeAt(const std::string& path, bool use_environment);

// All roots below a home, of every layout (catalogue: "Finding out which layout is present").
std::vector<Root> FindRoots(const Home& home, std::map<std::string, Unreadable>& unreadable);

// What an explicitly given directory is: a root, a storage directory, an app directory with several roots, or a
// workspace. InvalidArgument when it is none of these.
absl::StatusOr<std::vector<Root>> ResolveRoot(const std::string& path);

}  // namespace fleet::agent
