#include <array>

#include "agent/store/layout.h"
#include "agent/store/layouts/probe.h"

namespace fleet::agent {

// Layout G (catalogue: "the guide's"): <data home>/opencode/User/workspaceStorage/<workspace>/dgmo/. A session is
// either a flat file sessions/<id>.json or a directory sessions/<id>/ that holds its info and its messages.

namespace {

constexpr std::array<std::string_view, 8> kSkeleton = {
    "sessions",       "storage", "storage/session", "storage/session/sub-sessions", "storage/session/sub-session-index",
    "storage/qdrant", "logs",    ".opencode"};

bool IsRoot(const Directory& directory) { return directory.Stat("sessions").ok() || directory.Stat(".opencode").ok(); }

std::vector<Root> Find(const std::string& data_home, std::map<std::string, Unreadable>& unreadable) {
  std::vector<Root> roots;
  const std::string workspaces = data_home + "/opencode/User/workspaceStorage";
  for (const std::string& name : SubdirectoriesOf(workspaces, unreadable)) {
    const absl::StatusOr<Root> root = ProbeRoot(RootKind::kGuide, workspaces + "/" + name + "/dgmo", unreadable,
                                                [](const Directory&) { return true; });
    if (!root.ok()) continue;
    roots.push_back(*root);
    roots.back().app = "opencode";
    roots.back().name = name;
  }
  return roots;
}

// Below sessions/<id>/: the info is the first of session.json, info.json and <id>.json.
Place PlaceInSessionDirectory(std::string_view session, std::string_view below, bool is_directory) {
  Place place;
  place.session = session;
  const std::string_view folder = below.substr(0, below.find('/'));
  const bool in_folder = folder.size() < below.size();
  if (folder == "message" || folder == "messages") {
    place.area = Area::kMessage;
    const std::string_view file = in_folder ? below.substr(folder.size() + 1) : "";
    if (is_directory) {
      place.role = file.empty() ? DirectoryRole::kConversation : DirectoryRole::kNested;
    } else if (!file.empty() && file.find('/') == std::string_view::npos) {
      SetDocument(place, DocumentClass::kMessage, file);
    }
    return place;
  }
  if (in_folder || is_directory) return place;
  if (StartsWith(below, "msg_")) {
    SetDocument(place, DocumentClass::kMessage, below);
    return place;
  }
  const std::string own = std::string(session) + ".json";
  constexpr int kFlatRanks = 1;
  const int rank = below == "session.json" ? 0 : below == "info.json" ? 1 : below == own ? 2 : -1;
  if (rank < 0) return place;
  place.cls = DocumentClass::kSession;
  place.subject = session;
  place.rank = rank + kFlatRanks;
  return place;
}

Place PlaceOf(std::string_view path, bool is_directory) {
  if (path == ".opencode") return {};
  if (path == ".opencode/config.json") return DocumentPlace(DocumentClass::kConfig, Area::kOther, "config");
  if (path == ".opencode/app.json") return DocumentPlace(DocumentClass::kApp, Area::kOther, "app");
  if (path == ".opencode/state.json") return DocumentPlace(DocumentClass::kApp, Area::kOther, "state");
  if (StartsWith(path, ".opencode/") || LastComponent(path)[0] == '.') return Skipped();
  if (path == "sessions" || path == "storage" || path == "storage/qdrant" || path == "logs") return {};
  if (path == "sessions/index.json") return DocumentPlace(DocumentClass::kGuideIndex, Area::kOther, "index");
  if (StartsWith(path, "sessions/")) {
    const std::string_view below = path.substr(9);
    const std::size_t slash = below.find('/');
    if (slash != std::string_view::npos)
      return PlaceInSessionDirectory(below.substr(0, slash), below.substr(slash + 1), is_directory);
    Place place;
    if (is_directory) {
      place.session = below;
    } else {
      place.area = Area::kInfo;
      SetDocument(place, DocumentClass::kSession, below);
    }
    return place;
  }
  if (StartsWith(path, "storage/qdrant/")) return Skipped();
  if (StartsWith(path, "storage/session/")) return PlaceInSession(path.substr(16), is_directory);
  if (StartsWith(path, "storage/")) return {};
  return Skipped();  // logs/, the guide's copies beside sessions/, and whatever else lies there
}

std::string PathOfDocument(DocumentClass cls, std::string_view id, std::string_view session) {
  const std::string file = std::string(id) + ".json";
  switch (cls) {
    case DocumentClass::kSession: return "sessions/" + file;
    case DocumentClass::kMessage: return "sessions/" + std::string(session) + "/message/" + file;
    case DocumentClass::kSubsession: return "storage/session/sub-sessions/" + file;
    case DocumentClass::kIndex: return "storage/session/sub-session-index/" + file;
    case DocumentClass::kShare: return "storage/session/share/" + file;
    case DocumentClass::kGuideIndex: return "sessions/index.json";
    case DocumentClass::kConfig: return ".opencode/config.json";
    case DocumentClass::kApp: return ".opencode/app.json";
    default: return "";
  }
}

}  // namespace

const Layout kGuideLayout = {RootKind::kGuide, Find, IsRoot, PlaceOf, PathOfDocument, kSkeleton};

}  // namespace fleet::agent
