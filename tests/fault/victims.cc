#include "tests/fault/victims.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/status.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

// Of files and directories: an earlier fault may have left a pipe, and opening one waits for ever.
std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory, missing)) {
    const fs::file_type type = entry.symlink_status().type();
    if (type == fs::file_type::regular || type == fs::file_type::directory) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsDocument(const std::string& name) {
  return name.size() > 5 && name[0] != '.' && name.compare(name.size() - 5, 5, ".json") == 0;
}
std::string IdOf(const std::string& name) { return name.substr(0, name.size() - 5); }

Json Parsed(const std::string& bytes) { return Json::parse(bytes, nullptr, /*allow_exceptions=*/false); }

void ReadInfo(StoreRoot& root, const std::string& id, const std::string& relative) {
  if (!fs::is_regular_file(fs::symlink_status(root.path + "/" + relative))) return;
  Json info = Parsed(root.Read(relative));
  if (!info.is_object() || info.value("id", "") != id || root.infos.count(id) > 0) return;
  root.infos[id] = std::move(info);
  root.info_paths[id] = relative;
}

void ReadMessages(StoreRoot& root, const std::string& session, const std::string& folder) {
  for (const std::string& name : NamesIn(root.path + "/" + folder)) {
    if (IsDocument(name) && name.rfind("msg_", 0) == 0) root.messages[session].push_back(folder + "/" + name);
  }
}

std::map<std::string, Json> ReadAll(const StoreRoot& root, const std::string& folder) {
  std::map<std::string, Json> documents;
  for (const std::string& name : NamesIn(root.path + "/" + folder)) {
    if (!IsDocument(name)) continue;
    Json document = Parsed(root.Read(folder + "/" + name));
    if (!document.is_discarded()) documents[IdOf(name)] = std::move(document);
  }
  return documents;
}

StoreRoot ReadRoot(const std::string& path, bool guide) {
  StoreRoot root{.path = path, .guide = guide};
  for (const std::string folder : {"storage/session/info", "sessions"}) {
    for (const std::string& name : NamesIn(path + "/" + folder)) {
      const std::string below = folder + "/" + name;
      if (IsDocument(name) && name != "index.json") ReadInfo(root, IdOf(name), below);
      if (!fs::is_directory(path + "/" + below)) continue;
      for (const char* file : {"session.json", "info.json"}) ReadInfo(root, name, below + "/" + file);
      for (const char* messages : {"/message", "/messages", ""}) ReadMessages(root, name, below + messages);
    }
  }
  for (const std::string& name : NamesIn(path + "/storage/session/message")) {
    ReadMessages(root, name, "storage/session/message/" + name);
  }
  root.records = ReadAll(root, "storage/session/sub-sessions");
  root.indexes = ReadAll(root, "storage/session/sub-session-index");
  return root;
}

bool ListsOnce(const StoreRoot& root, const std::string& parent, const std::string& child) {
  const auto index = root.indexes.find(parent);
  return index != root.indexes.end() && index->second.is_array() &&
         std::count(index->second.begin(), index->second.end(), Json(child)) == 1;
}

bool HasMessages(const StoreRoot& root, const std::string& id) {
  const auto messages = root.messages.find(id);
  return messages != root.messages.end() && messages->second.size() >= 2;
}

}  // namespace

std::string StoreRoot::InfoPath(const std::string& id) const {
  const auto known = info_paths.find(id);
  if (known != info_paths.end()) return known->second;
  return (guide ? "sessions/" : "storage/session/info/") + id + ".json";
}

std::string StoreRoot::ConversationPath(const std::string& id) const {
  const auto known = messages.find(id);
  if (known == messages.end() || known->second.empty()) return "storage/session/message/" + id;
  return fs::path(known->second.front()).parent_path().string();
}

std::string StoreRoot::ParentOf(const std::string& id) const {
  const auto info = infos.find(id);
  return info == infos.end() ? "" : info->second.value("parentID", "");
}

bool StoreRoot::HasChildren(const std::string& id) const {
  return indexes.count(id) > 0 ||
         std::any_of(infos.begin(), infos.end(), [&](const auto& entry) { return ParentOf(entry.first) == id; });
}

std::string StoreRoot::Read(const std::string& relative) const {
  std::ifstream stream(path + "/" + relative, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void StoreRoot::Write(const std::string& relative, const std::string& bytes) const {
  const fs::path file = path + "/" + relative;
  const bool known = fs::exists(file);
  const std::int64_t mtime = known ? MtimeMs(relative) : 0;
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.exceptions(std::ios::failbit | std::ios::badbit);
  stream << bytes;
  stream.close();
  if (known) SetMtimeMs(relative, mtime);
}

void StoreRoot::Remove(const std::string& relative) const { fs::remove_all(path + "/" + relative); }

std::int64_t StoreRoot::MtimeMs(const std::string& relative) const {
  struct stat found {};
  if (stat((path + "/" + relative).c_str(), &found) != 0) return 0;
  return std::int64_t{found.st_mtim.tv_sec} * 1000 + found.st_mtim.tv_nsec / 1'000'000;
}

void StoreRoot::SetMtimeMs(const std::string& relative, std::int64_t ms) const {
  const timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  const timespec times[2] = {time, time};
  utimensat(AT_FDCWD, (path + "/" + relative).c_str(), times, AT_SYMLINK_NOFOLLOW);
}

Victims::Victims(const std::string& home, unsigned seed) : home_(fs::canonical(home).string()), seed_(seed) {
  for (const std::string app : {"dgmo", "opencode"}) {
    const std::string projects = data_home() + "/" + app + "/project";
    for (const std::string& name : NamesIn(projects)) roots_.push_back(ReadRoot(projects + "/" + name, false));
  }
  const std::string workspaces = data_home() + "/opencode/User/workspaceStorage";
  for (const std::string& name : NamesIn(workspaces)) {
    roots_.push_back(ReadRoot(workspaces + "/" + name + "/dgmo", true));
  }
}

StoreRoot* Victims::AnyRoot(bool guide) {
  std::vector<StoreRoot*> fitting;
  for (StoreRoot& root : roots_) {
    if (root.guide == guide) fitting.push_back(&root);
  }
  return fitting.empty() ? nullptr : fitting[seed_ % fitting.size()];
}

std::optional<Victim> Victims::Session(const Wanted& wanted) {
  std::vector<Victim> fitting;
  for (StoreRoot& root : roots_) {
    for (const auto& [id, info] : root.infos) {
      if (wanted(root, id)) fitting.push_back({&root, id});
    }
  }
  if (fitting.empty()) return std::nullopt;
  return fitting[seed_ % fitting.size()];
}

std::optional<Victim> Victims::Main() {
  return Session([](const StoreRoot& root, const std::string& id) {
    return root.ParentOf(id).empty() && HasMessages(root, id) && !root.HasChildren(id) && root.records.count(id) == 0;
  });
}

std::optional<Victim> Victims::Child() {
  return Session([](const StoreRoot& root, const std::string& id) {
    return IsHealthyChild(root, id) && HasMessages(root, id) && !root.HasChildren(id);
  });
}

std::optional<Victim> Victims::Parent(std::size_t children) {
  return Session([&](const StoreRoot& root, const std::string& id) {
    const auto index = root.indexes.find(id);
    if (index == root.indexes.end() || index->second.size() < children || !HasMessages(root, id)) return false;
    const auto listed =
        static_cast<std::size_t>(std::count_if(root.records.begin(), root.records.end(), [&](const auto& record) {
          return record.second.value("parentSessionId", "") == id;
        }));
    return listed == index->second.size() &&
           std::all_of(index->second.begin(), index->second.end(), [&](const Json& child) {
             return child.is_string() && IsHealthyChild(root, child.get<std::string>());
           });
  });
}

bool IsHealthyChild(const StoreRoot& root, const std::string& id) {
  const std::string parent = root.ParentOf(id);
  const auto record = root.records.find(id);
  return !parent.empty() && root.infos.count(parent) > 0 && record != root.records.end() &&
         record->second.value("parentSessionId", "") == parent && record->second.value("id", "") == id &&
         ListsOnce(root, parent, id);
}

absl::Status NothingToBreak(const std::string& what) {
  return FailedPrecondition("nothing to break: this home has no " + what + "; use another store");
}

}  // namespace fleet
