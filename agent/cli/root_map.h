#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"

namespace fleet::agent {

// Where dgmo writes when it is started in a directory, and where else sessions of that directory may lie.
struct RootMap {
  enum class Role : std::uint8_t {
    kWritten,   // dgmo writes and reads here
    kStranded,  // for this directory, but dgmo does not look here
    kUnused,    // for this directory, and empty
    kOther,     // for other directories
  };
  struct Entry {
    Role role = Role::kOther;
    std::string kind;
    std::string path;
    std::string project;  // the directory that its newest message names; empty: none does
    std::int64_t sessions = 0;
    std::int64_t newest_ms = 0;  // 0: never written
    bool live = false;
  };
  std::string home;
  std::string directory;
  std::string git_root;  // empty: none
  std::string slug;
  std::string written;         // the root's path, whether it is there or not
  std::vector<Entry> entries;  // what concerns the directory first
  std::vector<std::string> notes;
};
std::string_view RoleText(RootMap::Role role);  // "written", "stranded", ...

// Where a directory lies, as looking at it has shown.
struct DirectoryFacts {
  std::string directory;
  std::string git_root;
  std::string slug;
  std::string git_link;                         // what a .git that is a file says; empty: it is a folder
  std::map<std::string, std::string> projects;  // root's path, to what its newest message names
};

// Pure.
RootMap MapRoots(const HomeModel& home, const DirectoryFacts& facts);
bool HasStranded(const RootMap& map);

// For people; ends in a newline.
std::string RootMapText(const RootMap& map);
nlohmann::ordered_json RootMapJson(const RootMap& map);

}  // namespace fleet::agent
