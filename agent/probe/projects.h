#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"

namespace fleet::agent {

// A directory that dgmo was started in. Both absolute and without links, as the program itself notes them.
struct Project {
  std::string root;       // the git root, or the directory itself outside of one
  std::string directory;  // at or below it

  bool operator==(const Project&) const = default;
};

// What the newest assistant message of a root of dgmo's names; it may be gone. nullopt when no message tells.
std::optional<Project> NotedProject(const RootModel& root);

// Where the user of a home works with dgmo: what the newest assistant message of each root names, and where dgmo runs
// now (catalogue: "How the slug is made": a slug is never turned back into a path). Those that are gone are left out.
std::vector<Project> ProjectsOf(const HomeModel& home);

}  // namespace fleet::agent
