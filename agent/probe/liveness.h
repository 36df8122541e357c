#pragma once

#include <string>
#include <string_view>

#include "agent/store/root.h"

namespace fleet::agent {

// Whether a dgmo process of the root's owner works on it: its working directory maps to the root's slug (every
// dgmo process may write to the one named "unified"), or it holds a file below the root open (catalogue: "Liveness
// rule"). Looks at /proc anew at each call; processes that vanish meanwhile are not live. Any thread.
bool IsLive(const Root& root);

// The slug dgmo makes of a git root's path (catalogue: "How the slug is made").
std::string SlugOf(std::string_view git_root);

// The slug of a process started in `directory`: of the first directory upwards with an entry named .git, else "global".
std::string SlugOfWorkingDirectory(const std::string& directory);

}  // namespace fleet::agent
