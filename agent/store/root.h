#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The layouts dgmo's data is found in (catalogue: "On-disk layouts").
enum class RootKind : unsigned char {
  kProgram,  // U: <data home>/{dgmo,opencode}/project/<slug>, what the program itself writes
  kGuide,    // G: <data home>/opencode/User/workspaceStorage/<workspace>/dgmo
  kForeign,  // M: today's original opencode; recognised and never touched
  kHome,     // H: no root: a whole home, in which repairs change configuration
};
std::string_view RootKindText(RootKind kind);  // "U", "G", "M", "H"

// One data root. `path` is absolute with symlinks resolved once; everything below it is reached without
// following a link.
struct Root {
  RootKind kind = RootKind::kProgram;
  std::string path;
  std::string app;   // "dgmo" or "opencode"; empty when given explicitly
  std::string name;  // slug or workspace
  uid_t owner = 0;   // of the root's directory

  friend bool operator==(const Root&, const Root&) = default;
};

// A place that an environment names, and whose environment it is.
struct NamedPlace {
  std::string path;      // as it is written there
  std::int32_t pid = 0;  // of the dgmo process; 0: this process itself

  friend bool operator==(const NamedPlace&, const NamedPlace&) = default;
};

// One user's home and the places dgmo uses in it.
struct Home {
  std::string path;
  uid_t owner = 0;
  std::string data_home;    // $XDG_DATA_HOME or <home>/.local/share
  std::string config_home;  // $XDG_CONFIG_HOME or <home>/.config
  std::string state_home;   // $XDG_STATE_HOME or <home>/.local/state
  // Further data homes: $XDG_DATA_HOME of running dgmo processes.
  std::vector<NamedPlace> more_data_homes;
  std::vector<NamedPlace> data_paths;  // $OPENCODE_DATA_PATH
};

// What is looked at as one: a home with all its roots, or, when some are given explicitly, only those.
struct Target {
  Home home;  // without a path when only roots were given
  std::vector<Root> explicit_roots;
};

}  // namespace fleet::agent
