#include "agent/store/layout.h"
#include "agent/store/layouts/probe.h"

namespace fleet::agent {

// A whole home, of which only the configuration is dgmo's: <config home>/{dgmo,opencode}/config.json, and in a project
// {dgmo,opencode}.json[c]. It is never found as a root; repairs change those files there, and no others.

namespace {

bool IsConfigName(std::string_view path) {
  const std::string_view name = LastComponent(path);
  for (const std::string app : {"dgmo", "opencode"}) {
    if (name == app + ".json" || name == app + ".jsonc") return true;
    const std::string global = app + "/config.json";
    if (path == global || path.ends_with("/" + global)) return true;
  }
  return false;
}

std::vector<Root> Find(const std::string&, std::map<std::string, Unreadable>&) { return {}; }
bool IsRoot(const Directory&) { return false; }

Place PlaceOf(std::string_view path, bool is_directory) {
  if (is_directory || !IsConfigName(path)) return Skipped();
  return DocumentPlace(DocumentClass::kConfig, Area::kOther, "config");
}

std::string PathOfDocument(DocumentClass, std::string_view, std::string_view) { return ""; }

}  // namespace

const Layout kHomeLayout = {RootKind::kHome, Find, IsRoot, PlaceOf, PathOfDocument, {}};

}  // namespace fleet::agent
