#include "agent/probe/projects.h"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/probe/liveness.h"
#include "agent/store/config_document.h"
#include "agent/store/directory.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

constexpr int kMostMessages = 8;  // read of one conversation until one is an assistant's

const Conversation* NewestConversation(const RootModel& root) {
  const Conversation* newest = nullptr;
  for (const auto& [id, conversation] : root.conversations) {
    if (conversation.messages == 0) continue;
    if (newest == nullptr || conversation.last_mtime_ms > newest->last_mtime_ms) newest = &conversation;
  }
  return newest;
}

// Newest first; ids alone do not tell, as they begin anew every 795 days.
std::vector<std::string> MessageNames(const Directory& directory, std::int64_t about_ms) {
  std::vector<std::pair<std::int64_t, std::string>> timed;
  const absl::Status listed = directory.List([&](const std::string& name, EntryType type) {
    if (type != EntryType::kFile || name.size() < 6 || name.compare(name.size() - 5, 5, ".json") != 0) return;
    timed.emplace_back(IdTimeMs(name.substr(0, name.size() - 5), about_ms).value_or(0), name);
  });
  std::vector<std::string> names;
  if (!listed.ok()) return names;
  std::sort(timed.rbegin(), timed.rend());
  for (auto& [ms, name] : timed) names.push_back(std::move(name));
  return names;
}

std::optional<Project> ProjectIn(std::string_view message) {
  const nlohmann::json json = ParseAsJavaScript(message);
  static const nlohmann::json::json_pointer kPath("/metadata/assistant/path");
  if (!json.is_object() || !json.contains(kPath)) return std::nullopt;
  const nlohmann::json& path = json[kPath];
  if (!path.is_object()) return std::nullopt;
  const nlohmann::json root = path.value("root", nlohmann::json());
  const nlohmann::json directory = path.value("cwd", nlohmann::json());
  if (!root.is_string() || !directory.is_string()) return std::nullopt;
  return Project{root.get<std::string>(), directory.get<std::string>()};
}

// Both are directories that are there, and the one lies at or below the other.
bool IsThere(const Project& project) {
  if (project.root.empty() || project.root[0] != '/') return false;
  const std::string below = project.root == "/" ? "/" : project.root + "/";
  if (project.directory != project.root && project.directory.rfind(below, 0) != 0) return false;
  struct stat st;
  return lstat(project.directory.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

}  // namespace

std::optional<Project> NotedProject(const RootModel& root) {
  if (root.root.kind != RootKind::kProgram) return std::nullopt;
  const Conversation* conversation = NewestConversation(root);
  if (conversation == nullptr) return std::nullopt;
  const absl::StatusOr<Directory> top = Directory::OpenRoot(root.root.path);
  if (!top.ok()) return std::nullopt;
  const absl::StatusOr<Directory> directory = top->Open(conversation->path);
  if (!directory.ok()) return std::nullopt;
  int reads = 0;
  for (const std::string& name : MessageNames(*directory, conversation->last_mtime_ms)) {
    if (reads++ == kMostMessages) break;
    PaddedText bytes;
    FileStat stat;
    if (!directory->Read(name, SizeLimit(DocumentClass::kMessage), bytes, stat).ok()) continue;
    if (std::optional<Project> project = ProjectIn(bytes.view())) return project;
  }
  return std::nullopt;
}

std::vector<Project> ProjectsOf(const HomeModel& home) {
  std::vector<Project> projects;
  const auto add = [&](const Project& project) {
    if (IsThere(project) && std::find(projects.begin(), projects.end(), project) == projects.end()) {
      projects.push_back(project);
    }
  };
  for (const RootModel& root : home.roots) {
    if (const std::optional<Project> project = NotedProject(root)) add(*project);
  }
  for (const std::string& directory : DirectoriesOfDgmo(home.home)) {
    const std::string root = GitRootOf(directory);
    add({root.empty() ? directory : root, directory});
  }
  return projects;
}

}  // namespace fleet::agent
