#include "agent/cli/root_map.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Role = RootMap::Role;

std::int64_t NewestMs(const RootModel& root) {
  std::int64_t newest = 0;
  for (const auto& [id, info] : root.sessions) newest = std::max(newest, info.stat.mtime_ms());
  for (const auto& [id, conversation] : root.conversations) newest = std::max(newest, conversation.last_mtime_ms);
  return newest;
}

// Older builds write to the directory's own root, the newest to one for all: which of them is in use shows in what was
// written last.
std::string WrittenRoot(const HomeModel& home, const std::string& slug) {
  const std::string projects = home.home.data_home + "/dgmo/project/";
  std::int64_t own = -1;
  std::int64_t unified = -1;
  for (const RootModel& root : home.roots) {
    if (root.root.kind != RootKind::kProgram || root.root.app != "dgmo") continue;
    if (root.root.name == slug) own = NewestMs(root);
    if (root.root.name == "unified") unified = NewestMs(root);
  }
  return projects + (unified > own && unified > 0 ? "unified" : slug);
}

bool IsSame(const Root& root, const std::string& written) {
  // The home may have been given by another path than the roots were found by.
  const auto tail = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  return root.kind == RootKind::kProgram && root.app == "dgmo" && tail(written) == root.name;
}

Role RoleOf(const RootModel& root, const RootMap& map, const std::string& project, std::int64_t sessions) {
  if (IsSame(root.root, map.written)) return Role::kWritten;
  const bool concerns =
      root.root.name == map.slug || root.root.name == "unified" || (!project.empty() && project == map.git_root);
  if (!concerns) return Role::kOther;
  return sessions > 0 ? Role::kStranded : Role::kUnused;
}

void AddNotes(const DirectoryFacts& facts, RootMap& map) {
  if (map.git_root.empty()) {
    map.notes.emplace_back("outside of any git repository dgmo keeps all sessions in the root named global");
  }
  if (facts.git_link.find("/modules/") != std::string::npos) {
    map.notes.emplace_back("this is a git submodule: its sessions lie apart from those of the repository around it");
  } else if (facts.git_link.find("/worktrees/") != std::string::npos) {
    map.notes.emplace_back("this is a git worktree: its sessions lie apart from those of the main checkout");
  }
  for (const RootMap::Entry& entry : map.entries) {
    const bool unified = entry.path.size() > 8 && entry.path.compare(entry.path.size() - 8, 8, "/unified") == 0;
    if (entry.role != Role::kWritten || entry.project.empty() || unified || map.git_root.empty()) continue;
    if (entry.project != map.git_root) {
      map.notes.push_back("the newest message of that root was written in " + entry.project +
                          ": two directories share this name, or the checkout was moved");
    }
  }
  if (HasStranded(map)) {
    map.notes.emplace_back("sessions in a stranded root are intact; dgmo does not show them when it is started here");
  }
}

std::string DayText(std::int64_t ms) { return ms == 0 ? "-" : TimeText(ms).substr(0, 10); }

}  // namespace

std::string_view RoleText(Role role) {
  static constexpr std::string_view kTexts[] = {"written", "stranded", "unused", "other"};
  return kTexts[static_cast<int>(role)];
}

RootMap MapRoots(const HomeModel& home, const DirectoryFacts& facts) {
  RootMap map;
  map.home = home.home.path;
  map.directory = facts.directory;
  map.git_root = facts.git_root;
  map.slug = facts.slug;
  map.written = WrittenRoot(home, map.slug);
  for (const RootModel& root : home.roots) {
    RootMap::Entry entry;
    entry.kind = RootKindText(root.root.kind);
    entry.path = root.root.path;
    entry.sessions = static_cast<std::int64_t>(root.sessions.size());
    entry.newest_ms = NewestMs(root);
    entry.live = root.live;
    const auto project = facts.projects.find(root.root.path);
    if (project != facts.projects.end()) entry.project = project->second;
    entry.role = RoleOf(root, map, entry.project, entry.sessions);
    map.entries.push_back(std::move(entry));
  }
  std::stable_sort(map.entries.begin(), map.entries.end(),
                   [](const RootMap::Entry& a, const RootMap::Entry& b) { return a.role < b.role; });
  AddNotes(facts, map);
  return map;
}

bool HasStranded(const RootMap& map) {
  return std::any_of(map.entries.begin(), map.entries.end(),
                     [](const RootMap::Entry& entry) { return entry.role == Role::kStranded; });
}

std::string RootMapText(const RootMap& map) {
  const bool exists = std::any_of(map.entries.begin(), map.entries.end(),
                                  [](const RootMap::Entry& entry) { return entry.role == Role::kWritten; });
  std::string text = "directory  " + ToPrintable(map.directory) + "\n";
  text += "git root   " + (map.git_root.empty() ? "none" : ToPrintable(map.git_root)) + "\n";
  text += "slug       " + ToPrintable(map.slug) + "\n";
  text += "dgmo       writes and reads " + ToPrintable(map.written) + (exists ? "" : " (not there yet)") + "\n";
  text += "TUI        shows what dgmo reads; it has no data of its own\n";
  if (!map.entries.empty()) {
    text += "\n";
    Table table({"ROLE", "SESSIONS", "NEWEST", "LIVE", "ROOT", "PROJECT"});
    for (const RootMap::Entry& entry : map.entries) {
      table.Add({std::string(RoleText(entry.role)), std::to_string(entry.sessions), DayText(entry.newest_ms),
                 entry.live ? "yes" : "", entry.kind + " " + entry.path, entry.project});
    }
    text += table.Text();
  }
  for (const std::string& note : map.notes) text += "\nnote: " + ToPrintable(note) + "\n";
  return text;
}

nlohmann::ordered_json RootMapJson(const RootMap& map) {
  nlohmann::ordered_json json;
  json["home"] = ToUtf8(map.home);
  json["directory"] = ToUtf8(map.directory);
  json["git_root"] = nullptr;
  if (!map.git_root.empty()) json["git_root"] = ToUtf8(map.git_root);
  json["slug"] = ToUtf8(map.slug);
  json["written"] = ToUtf8(map.written);
  json["roots"] = nlohmann::ordered_json::array();
  for (const RootMap::Entry& entry : map.entries) {
    nlohmann::ordered_json root = {{"role", RoleText(entry.role)},    {"kind", entry.kind},
                                   {"path", ToUtf8(entry.path)},      {"sessions", entry.sessions},
                                   {"newest", entry.newest_ms},       {"live", entry.live},
                                   {"project", ToUtf8(entry.project)}};
    if (entry.project.empty()) root["project"] = nullptr;
    json["roots"].push_back(std::move(root));
  }
  json["notes"] = nlohmann::ordered_json::array();
  for (const std::string& note : map.notes) json["notes"].push_back(ToUtf8(note));
  return json;
}

}  // namespace fleet::agent
