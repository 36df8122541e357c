#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/store/root.h"

namespace fleet::agent {

// Where an executable is that the user of a home would start by name.
struct FoundProgram {
  std::string path;               // absolute; empty: nowhere
  bool looked_everywhere = true;  // false when a folder could not be looked into
};

// Looks in the places of the program's installers, of the package managers, and in PATH (catalogue: rule
// DGMO_NOT_INSTALLED). Of this process's own PATH what lies in another home does not count.
FoundProgram FindProgram(const Home& home, std::string_view name);

// Those folders, in the order in which they are looked into.
std::vector<std::string> ProgramFolders(const Home& home);

}  // namespace fleet::agent
