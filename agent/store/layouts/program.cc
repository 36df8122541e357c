#include <sys/stat.h>

#include <array>

#include "agent/store/layout.h"
#include "agent/store/layouts/probe.h"

namespace fleet::agent {

// Layout U (catalogue: "what real machines hold"): <data home>/<app>/project/<slug>/.

namespace {

constexpr std::string_view kSession = "storage/session/";
constexpr std::array<std::string_view, 3> kSkeleton = {"storage", "storage/session", "storage/session/info"};

bool IsRoot(const Directory& directory) {
  return directory.Stat("storage/session").ok() || directory.Stat("app.json").ok() ||
         (directory.Stat("storage").ok() && !directory.Stat("storage/migration").ok());
}

std::vector<Root> Find(const std::string& data_home, std::map<std::string, Unreadable>& unreadable) {
  std::vector<Root> roots;
  for (const std::string app : {"dgmo", "opencode"}) {
    const std::string projects = data_home + "/" + app + "/project";
    for (const std::string& name : SubdirectoriesOf(projects, unreadable)) {
      const absl::StatusOr<Root> root =
          ProbeRoot(RootKind::kProgram, projects + "/" + name, unreadable,
                    [](const Directory& d) { return d.Stat("app.json").ok() || d.Stat("storage").ok(); });
      if (!root.ok()) continue;
      roots.push_back(*root);
      roots.back().app = app;
      roots.back().name = name;
    }
  }
  return roots;
}

struct ClassFolder {
  std::string_view folder;
  DocumentClass cls;
  Area area;
};
constexpr ClassFolder kFolders[] = {
    {"info", DocumentClass::kSession, Area::kInfo},
    {"sub-sessions", DocumentClass::kSubsession, Area::kOther},
    {"sub-session-index", DocumentClass::kIndex, Area::kOther},
    {"share", DocumentClass::kShare, Area::kOther},
    {"performance", DocumentClass::kPerformance, Area::kOther},
};

// Below storage/session/message/: one directory a session, its messages in it.
Place PlaceInMessages(std::string_view below, bool is_directory) {
  Place place;
  place.area = Area::kMessage;
  if (below.empty()) return place;
  place.session = below.substr(0, below.find('/'));
  const std::string_view file = below.size() > place.session.size() ? below.substr(place.session.size() + 1) : "";
  if (is_directory) {
    place.role = file.empty() ? DirectoryRole::kConversation : DirectoryRole::kNested;
  } else if (!file.empty() && file.find('/') == std::string_view::npos) {
    SetDocument(place, DocumentClass::kMessage, file);
  }
  return place;
}

Place PlaceOf(std::string_view path, bool is_directory) {
  Place place;
  const std::string_view name = LastComponent(path);
  if (name[0] == '.') return Skipped();
  if (path == "app.json") return DocumentPlace(DocumentClass::kApp, Area::kOther, "app");
  if (path.substr(0, 8) != "storage/") {
    if (path != "storage") place.skip = true;  // log/ and whatever else lies beside the storage
    return place;
  }
  if (StartsWith(path, "storage/session.corrupted.")) return Skipped();
  if (!StartsWith(path, kSession)) return place;
  return PlaceInSession(path.substr(kSession.size()), is_directory);
}

std::string PathOfDocument(DocumentClass cls, std::string_view id, std::string_view session) {
  const std::string file = std::string(id) + ".json";
  if (cls == DocumentClass::kApp) return "app.json";
  if (cls == DocumentClass::kMessage) return std::string(kSession) + "message/" + std::string(session) + "/" + file;
  for (const ClassFolder& folder : kFolders) {
    if (folder.cls == cls) return std::string(kSession) + std::string(folder.folder) + "/" + file;
  }
  return "";
}

}  // namespace

// Also what a guide root may hold below its own storage/session.
Place PlaceInSession(std::string_view path, bool is_directory) {
  Place place;
  const std::string_view folder = path.substr(0, path.find('/'));
  const std::string_view below = folder.size() == path.size() ? "" : path.substr(folder.size() + 1);
  if (folder == "message") return PlaceInMessages(below, is_directory);
  for (const ClassFolder& known : kFolders) {
    if (folder != known.folder) continue;
    place.area = known.area;
    if (below.empty()) return place;
    if (is_directory) {
      if (known.area == Area::kInfo) place.role = DirectoryRole::kNested;
    } else if (below.find('/') == std::string_view::npos) {
      SetDocument(place, known.cls, below);
    }
  }
  return place;
}

const Layout kProgramLayout = {RootKind::kProgram, Find, IsRoot, PlaceOf, PathOfDocument, kSkeleton};

}  // namespace fleet::agent
