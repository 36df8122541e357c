#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/document.h"
#include "agent/store/root.h"

namespace fleet::agent {

// Which listing of dgmo a path takes part in: damage and litter weigh by it.
enum class Area : std::uint8_t { kInfo, kMessage, kOther };

// What a directory is to dgmo's listings: they walk into directories that have no business there.
enum class DirectoryRole : std::uint8_t { kPlain, kConversation, kNested };

// What a path below a root is, by its place alone.
struct Place {
  DocumentClass cls = DocumentClass::kNone;
  Area area = Area::kOther;
  std::string subject;  // id the file name carries; for kMessage the message's
  std::string session;  // for kMessage: whose conversation
  int rank = 0;         // of several files that may hold the same document the lowest rank counts
  bool skip = false;    // not part of the store: do not list it or look below it
  DirectoryRole role = DirectoryRole::kPlain;  // of a directory
};

// One on-disk layout: everything the agent knows about where things lie. One file each in layouts/.
struct Layout {
  RootKind kind;
  // All roots of this layout below a data home ("<home>/.local/share"); folders that could not be looked into go to
  // `unreadable`, by absolute path.
  std::vector<Root> (*find)(const std::string& data_home, std::map<std::string, Unreadable>& unreadable);
  // Whether this directory, given explicitly, is such a root itself.
  bool (*is_root)(const Directory& directory);
  // `path` is relative to the root.
  Place (*place)(std::string_view path, bool is_directory);
  // Where a document of this class and id belongs; `session` for messages. Empty: the layout has no such place.
  std::string (*path_of)(DocumentClass cls, std::string_view id, std::string_view session);
  // Directories a working root has, parents before children.
  std::span<const std::string_view> skeleton;
};

extern const Layout kProgramLayout;  // layouts/program.cc
extern const Layout kGuideLayout;    // layouts/guide.cc
extern const Layout kForeignLayout;  // layouts/foreign.cc
extern const Layout kHomeLayout;     // layouts/home.cc

std::span<const Layout* const> AllLayouts();
const Layout& LayoutOf(RootKind kind);

}  // namespace fleet::agent
