#include "agent/watch/seen_paths.h"

#include <algorithm>

#include "agent/store/layout.h"
#include "agent/watch/entry_path.h"

namespace fleet::agent {

namespace {

constexpr int kDeepest = 24;  // as a scan
constexpr std::int64_t kCoarsestStep = 2'000'000'000;

int DepthOf(const std::string& path) { return static_cast<int>(std::count(path.begin(), path.end(), '/')); }

}  // namespace

void SeenPaths::Begin(RootKind kind) {
  kind_ = kind;
  entries_.clear();
}

std::optional<FileMark> SeenPaths::Look(const Directory& folder, const std::string& name) const {
  return MarkAt(folder, name,
                std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.Now().time_since_epoch()).count());
}

const SeenPaths::Seen* SeenPaths::Find(const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<std::string> SeenPaths::Below(const std::string& path) const {
  std::vector<std::string> paths;
  if (entries_.contains(path)) paths.push_back(path);
  const auto end = entries_.lower_bound(path + "0");  // '0' follows '/'
  for (auto entry = entries_.lower_bound(path + "/"); entry != end; ++entry) paths.push_back(entry->first);
  return paths;
}

std::vector<std::string> SeenPaths::DirectlyIn(const std::string& folder) const {
  std::vector<std::string> paths;
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (auto entry = entries_.lower_bound(prefix); entry != entries_.end(); ++entry) {
    const std::string& path = entry->first;
    if (!path.starts_with(prefix)) break;
    if (!path.empty() && path.find('/', prefix.size()) == std::string::npos) paths.push_back(path);
  }
  return paths;
}

void SeenPaths::EraseBelow(const std::string& path) {
  entries_.erase(path);
  entries_.erase(entries_.lower_bound(path + "/"), entries_.lower_bound(path + "0"));
}

void SeenPaths::Note(const Directory& parent, const std::string& name, const std::string& path) {
  NoteFolder(parent, name, path, DepthOf(path));
}

void SeenPaths::NoteFolder(const Directory& parent, const std::string& name, const std::string& path, int depth) {
  const std::optional<FileMark> mark = Look(parent, name);
  if (!mark || mark->type != EntryType::kDirectory) return;
  const Place place = path.empty() ? Place{} : LayoutOf(kind_).place(path, true);
  Seen& seen = entries_[path];
  seen = {*mark, !place.session.empty(), std::max(mark->ctime_ns, mark->mtime_ns)};
  if (place.role == DirectoryRole::kConversation || depth > kDeepest) return;
  const absl::StatusOr<Directory> folder = parent.Open(name);
  if (folder.ok()) NoteEntries(*folder, path, seen.in_conversation, depth);
}

void SeenPaths::NoteEntries(const Directory& folder, const std::string& path, bool in_conversation, int depth) {
  std::vector<std::string> below;
  const absl::Status listed = folder.List([&](const std::string& name, EntryType type) {
    const std::string at = Join(path, name);
    const Place place = LayoutOf(kind_).place(at, type == EntryType::kDirectory);
    if (type == EntryType::kDirectory && IsWalked(name, place)) {
      below.push_back(name);
    } else if (!in_conversation && Counts(name, type, place)) {
      if (const auto mark = Look(folder, name)) entries_[at] = {*mark, false, 0};
    }
  });
  if (!listed.ok()) return;  // reading it says why
  for (const std::string& name : below) NoteFolder(folder, name, Join(path, name), depth + 1);
}

void SeenPaths::NoteUnseen(const RootModel& model) {
  const auto note = [&](const std::string& path) {
    if (!entries_.contains(path) && TopAbove(path).empty()) entries_[path] = {};
  };
  for (const auto& [id, info] : model.sessions) note(info.path);
  for (const auto& [id, record] : model.records) note(record.path);
  for (const auto& [id, index] : model.indexes) note(index.path);
  for (const auto& [path, damaged] : model.damaged) note(path);
  for (const auto& [path, stray] : model.strays) note(path);
  for (const auto& [id, conversation] : model.conversations) {
    for (const std::string& top : TopsOf(id)) {
      if (entries_.contains(top) || !conversation.path.starts_with(top)) continue;
      entries_[top].mark.type = EntryType::kDirectory;
      entries_[top].in_conversation = true;
    }
  }
}

std::vector<std::string> SeenPaths::TopsOf(std::string_view session) const {
  std::vector<std::string> tops;
  for (const RootKind kind : {kind_, RootKind::kProgram}) {
    std::string top = TopAbove(LayoutOf(kind).path_of(DocumentClass::kMessage, "x", session));
    if (!top.empty() && std::find(tops.begin(), tops.end(), top) == tops.end()) tops.push_back(std::move(top));
  }
  return tops;
}

std::string SeenPaths::TopAbove(const std::string& path) const {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    std::string folder = path.substr(0, slash);
    const Place place = LayoutOf(kind_).place(folder, true);
    if (!place.session.empty() && IsWalked(NameOf(folder), place)) return folder;
  }
  return "";
}

// Renaming a file into a folder changes both at about the same time.
bool SeenPaths::HasNewerFile(const Directory& root, const std::string& path, const FileMark& mark) const {
  constexpr std::int64_t kAboutTheSame = 10'000'000;
  const std::int64_t since = std::min(mark.ctime_ns + kAboutTheSame, mark.looked_ns - kCoarsestStep);
  const absl::StatusOr<Directory> folder = OpenFolder(root, path);
  if (!folder.ok()) return false;
  bool newer = false;
  const absl::Status listed = folder->List([&](const std::string& name, EntryType) {
    const std::optional<FileMark> file = Look(*folder, name);
    newer = newer || (file && file->ctime_ns > since);
  });
  return newer || !listed.ok();
}

}  // namespace fleet::agent
