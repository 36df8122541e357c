#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The layouts dgmo's data is found in (catalogue: "On-disk layouts").
enum class RootKind : unsigned char {
  kProgram,  // U: <data home>/{dgmo,opencode}/project/<slug>, what the program itself writes
  kGuide,    // G: <data home>/opencode/User/workspaceStorage/<workspace>/dgmo
  kForeign,  // M: today's original opencode; recognised and never touched
};
std::string_view RootKindText(RootKind kind);  // "U", "G", "M"

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

// One user's home and the places dgmo uses in it.
struct Home {
  std::string path;
  uid_t owner = 0;
  std::string data_home;    // $XDG_DATA_HOME or <home>/.local/share
  std::string config_home;  // $XDG_CONFIG_HOME or <home>/.config
};

// What is looked at as one: a home with all its roots, or, when some are given explicitly, only those.
struct Target {
  Home home;  // without a path when only roots were given
  std::vector<Root> explicit_roots;
};

}  // namespace fleet::agent
