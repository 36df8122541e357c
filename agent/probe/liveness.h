#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/root.h"

namespace fleet::agent {

// A running dgmo, as far as it tells which roots it works on.
struct DgmoProcess {
  int pid = 0;
  uid_t uid = 0;
  std::string working_directory;        // empty: may not be seen
  std::vector<std::string> open_files;  // those that may be seen
  bool serves = false;                  // listens on a fixed port of dgmo, where any client may ask it for any project
};

// All of them now, by one pass over /proc. Processes that end meanwhile are left out. Any thread.
std::vector<DgmoProcess> DgmoProcesses();

// Whether a dgmo process of the root's owner works on it: its working directory maps to the root's slug (every
// dgmo process may write to the one named "unified"), lies in the workspace that the root belongs to, or may not be
// seen; or it holds a file below the root open, or a fixed port of dgmo (catalogue: "Liveness rule").
bool IsLive(const Root& root, std::span<const DgmoProcess> processes);
bool IsLive(const Root& root);  // by those that run now

// The slug dgmo makes of a git root's path (catalogue: "How the slug is made").
std::string SlugOf(std::string_view git_root);

// The first directory from `directory` upwards with an entry named .git; empty when there is none.
std::string GitRootOf(const std::string& directory);

// The working directories of the dgmo processes that have this home as theirs.
std::vector<std::string> DirectoriesOfDgmo(const Home& home);

// The slug of a process started in `directory`: of the first directory upwards with an entry named .git, else "global".
std::string SlugOfWorkingDirectory(const std::string& directory);

}  // namespace fleet::agent
