#include "agent/watch/root_tracker.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/store/layout.h"
#include "agent/watch/entry_path.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::seconds kShortestRest{1};
constexpr int kRestOfCost = 10;

}  // namespace

absl::Status RootTracker::Read(RootModel& model) {
  kind_ = model.root.kind;
  ASSIGN_OR_RETURN(const Directory root, Directory::OpenRoot(model.root.path));
  // Everything is noted before it is read: what changes between the two looks changed ever after.
  seen_.Begin(kind_);
  seen_.Note(root, ".", "");
  ASSIGN_OR_RETURN(RootModel read, ScanRoot(model.root));
  read.live = model.live;
  model = std::move(read);
  seen_.NoteUnseen(model);
  ++readings_;
  return absl::OkStatus();
}

absl::Status RootTracker::Sweep(RootModel& model, bool every_file) {
  ASSIGN_OR_RETURN(const Directory root, Directory::OpenRoot(model.root.path));
  const std::optional<FileMark> now = seen_.Look(root, ".");
  const SeenPaths::Seen* top = seen_.Find("");
  if (top == nullptr || !now || !top->mark.SameFile(*now)) return Read(model);
  std::set<std::string> sessions;
  std::optional<std::pair<std::string, Directory>> parent;  // most folders share one
  for (auto entry = seen_.entries().begin(); entry != seen_.entries().end();) {
    const std::string path = entry->first;
    const SeenPaths::Seen seen = entry->second;
    if (seen.mark.type == EntryType::kDirectory) {
      if (!parent || parent->first != ParentOf(path)) {
        absl::StatusOr<Directory> opened = OpenFolder(root, ParentOf(path));
        parent.reset();
        if (opened.ok()) parent.emplace(ParentOf(path), *std::move(opened));
      }
      const auto mark = parent ? seen_.Look(parent->second, path.empty() ? "." : NameOf(path)) : std::nullopt;
      const bool same = mark && mark->Same(seen.mark) && seen.mark.settled() && !model.unreadable.contains(path);
      if (seen.in_conversation) {
        if (!same || (every_file && seen_.HasNewerFile(root, path, seen.mark))) {
          sessions.insert(LayoutOf(kind_).place(path, true).session);
        }
      } else if (!mark || !mark->SameFile(seen.mark)) {
        RefreshOne(model, root, path, sessions);
      } else if (!same || every_file) {
        Relist(model, root, path, sessions);
      }
    }
    entry = seen_.entries().upper_bound(path);
  }
  // A file that is mended or may be read again need not touch its folder.
  std::set<std::string> wrong;
  const auto changed = [&](const std::string& path, const FileStat& stat) {
    const absl::StatusOr<FileStat> stat_now = root.Stat(path);
    return !stat_now.ok() || !(*stat_now == stat);
  };
  for (const auto& [path, damaged] : model.damaged) {
    if (changed(path, damaged.stat)) wrong.insert(path);
  }
  for (const auto& [path, stray] : model.strays) {
    if (changed(path, stray.stat)) wrong.insert(path);
  }
  for (const auto& [path, unreadable] : model.unreadable) wrong.insert(path);
  for (const std::string& path : wrong) {
    if (!RefreshOne(model, root, path, sessions)) return absl::OkStatus();
  }
  ReadConversations(model, root, std::move(sessions), true);
  return absl::OkStatus();
}

void RootTracker::Refresh(RootModel& model, const std::set<std::string>& paths) {
  const absl::StatusOr<Directory> root = Directory::OpenRoot(model.root.path);
  if (!root.ok()) return;  // the next sweep says so
  std::set<std::string> sessions;
  for (const std::string& path : paths) {
    if (!RefreshOne(model, *root, path, sessions)) return;
  }
  ReadConversations(model, *root, std::move(sessions), false);
}

// Returns false when there is nothing left to refresh, because the whole root was read again.
bool RootTracker::RefreshOne(RootModel& model, const Directory& root, const std::string& path,
                             std::set<std::string>& sessions) {
  if (path.empty()) {
    const std::optional<FileMark> now = seen_.Look(root, ".");
    const SeenPaths::Seen* seen = seen_.Find("");
    if (seen == nullptr || !now || !seen->mark.SameFile(*now)) {
      const absl::Status read = Read(model);
      return !read.ok();
    }
    Relist(model, root, "", sessions);
    return true;
  }
  if (const std::string top = seen_.TopAbove(path); !top.empty()) {
    sessions.insert(LayoutOf(kind_).place(top, true).session);
    return true;
  }
  const std::string parent_path = ParentOf(path);
  const absl::StatusOr<Directory> parent = OpenFolder(root, parent_path);
  // A folder that is new, or no longer one, is for the folder above it.
  if (!parent.ok() || seen_.Find(parent_path) == nullptr) return RefreshOne(model, root, parent_path, sessions);
  const std::string name = NameOf(path);
  const std::optional<FileMark> now = seen_.Look(*parent, name);
  const SeenPaths::Seen* seen = seen_.Find(path);
  if (!now) {
    ForgetBelow(model, path, sessions);
    return true;
  }
  const Place place = LayoutOf(kind_).place(path, now->type == EntryType::kDirectory);
  if (now->type == EntryType::kDirectory && IsWalked(name, place)) {
    if (!place.session.empty()) {
      sessions.insert(place.session);
      return true;
    }
    if (seen != nullptr && seen->mark.SameFile(*now)) {
      Relist(model, root, path, sessions);
      return true;
    }
  }
  if (!Counts(name, now->type, place)) return true;
  const bool same = seen != nullptr && seen->mark.Same(*now) && seen->mark.settled();
  if (!same || model.unreadable.contains(path)) ReadAnew(model, *parent, parent_path, {name, now->type}, sessions);
  return true;
}

void RootTracker::Relist(RootModel& model, const Directory& root, const std::string& path,
                         std::set<std::string>& sessions) {
  const absl::StatusOr<Directory> folder = OpenFolder(root, path);
  const std::optional<FileMark> mark = folder.ok() ? seen_.Look(*folder, ".") : std::nullopt;
  std::set<std::string> present;
  std::vector<ListedEntry> changed;
  const auto visit = [&](const std::string& name, EntryType type) {
    const std::string at = Join(path, name);
    const Place place = LayoutOf(kind_).place(at, type == EntryType::kDirectory);
    present.insert(at);
    const SeenPaths::Seen* seen = seen_.Find(at);
    const std::optional<FileMark> now = seen_.Look(*folder, name);
    if (!now || !Counts(name, type, place)) return;
    const bool known = seen != nullptr && seen->mark.SameFile(*now) && seen->mark.type == now->type;
    // What is in a known folder is for its own mark to say.
    if (known && type == EntryType::kDirectory && IsWalked(name, place)) return;
    if (known && seen->mark.Same(*now) && seen->mark.settled()) return;
    changed.push_back({name, now->type});
  };
  const absl::Status listed = folder.ok() ? folder->List(visit) : folder.status();
  if (!listed.ok()) {
    if (ErrnoOf(listed) == ENOENT) return;  // for the folder above it
    for (const std::string& at : seen_.Below(path)) {
      if (at != path) ForgetBelow(model, at, sessions);
    }
    model.unreadable[path] = {ErrnoOf(listed), true};
    return;
  }
  model.unreadable.erase(path);
  std::vector<std::string> gone;
  for (const std::string& at : seen_.DirectlyIn(path)) {
    if (!present.contains(at)) gone.push_back(at);
  }
  for (const std::string& at : gone) ForgetBelow(model, at, sessions);
  for (const ListedEntry& entry : changed) ReadAnew(model, *folder, path, entry, sessions);
  if (mark) seen_.At(path).mark = *mark;
}

// Of a folder that is new or another one, everything below.
void RootTracker::ReadAnew(RootModel& model, const Directory& parent, const std::string& parent_path,
                           const ListedEntry& entry, std::set<std::string>& sessions) {
  const std::string path = Join(parent_path, entry.name);
  if (entry.type == EntryType::kDirectory) {
    const Place place = LayoutOf(kind_).place(path, true);
    if (IsWalked(entry.name, place) && !place.session.empty()) {
      sessions.insert(place.session);
      return;
    }
    ForgetBelow(model, path, sessions);
    if (IsWalked(entry.name, place)) seen_.Note(parent, entry.name, path);
  } else {
    ForgetBelow(model, path, sessions);
  }
  if (seen_.Find(path) == nullptr) {
    const std::optional<FileMark> mark = seen_.Look(parent, entry.name);
    if (!mark) return;
    seen_.At(path) = {*mark, false, 0};
  }
  ScanEntries(model, parent, parent_path, std::span(&entry, 1));
  if (entry.type == EntryType::kDirectory) seen_.NoteUnseen(model);
  ++readings_;
}

void RootTracker::ForgetBelow(RootModel& model, const std::string& path, std::set<std::string>& sessions) {
  for (const std::string& at : seen_.Below(path)) {
    const SeenPaths::Seen* seen = seen_.Find(at);
    if (seen == nullptr) continue;  // went with its conversation
    const Place place = LayoutOf(kind_).place(at, seen->mark.type == EntryType::kDirectory);
    ++readings_;
    if (seen->in_conversation) {
      ForgetSession(model, place.session);
      sessions.insert(place.session);  // what is left of it is read again
      continue;
    }
    // Another file may hold the same session now.
    if (place.cls == DocumentClass::kSession && kind_ == RootKind::kGuide) sessions.insert(place.subject);
    Forget(model, at);
    model.directories.erase(at);
    seen_.Erase(at);
  }
  model.unreadable.erase(path);
}

void RootTracker::ReadConversations(RootModel& model, const Directory& root, std::set<std::string> sessions,
                                    bool at_once) {
  const MonoTime now = clock_.Mono();
  std::erase_if(rest_until_, [&](const auto& rest) { return rest.second <= now; });
  sessions.merge(std::exchange(waiting_, {}));
  for (const std::string& session : sessions) {
    if (!at_once && rest_until_.contains(session)) {
      waiting_.insert(session);
      continue;
    }
    const MonoTime begin = clock_.Mono();
    ReadConversation(model, root, session);
    const MonoTime end = clock_.Mono();
    if (!at_once) rest_until_[session] = end + std::max<MonoTime::duration>(kShortestRest, kRestOfCost * (end - begin));
  }
}

void RootTracker::ForgetSession(RootModel& model, const std::string& session) {
  for (const std::string& top : seen_.TopsOf(session)) {
    ForgetConversation(model, session, top);
    seen_.EraseBelow(top);
  }
}

void RootTracker::ReadConversation(RootModel& model, const Directory& root, const std::string& session) {
  const std::vector<std::string> tops = seen_.TopsOf(session);
  std::map<std::string, std::int64_t> newest;
  for (const std::string& top : tops) {
    for (const std::string& path : seen_.Below(top)) newest[path] = seen_.Find(path)->newest_ns;
  }
  ForgetSession(model, session);
  for (const std::string& top : tops) {
    const absl::StatusOr<Directory> parent = OpenFolder(root, ParentOf(top));
    if (!parent.ok()) continue;
    seen_.Note(*parent, NameOf(top), top);
    if (seen_.Find(top) == nullptr) continue;
    const ListedEntry entry{NameOf(top), EntryType::kDirectory};
    ScanEntries(model, *parent, ParentOf(top), std::span(&entry, 1));
    if (!follow_messages_) continue;
    for (const std::string& path : seen_.Below(top)) Follow(root, path, session, newest[path]);
  }
  ++readings_;
}

// Of one folder of a conversation, the messages that are newer than the newest the last time.
void RootTracker::Follow(const Directory& root, const std::string& path, const std::string& session,
                         std::int64_t since) {
  const absl::StatusOr<Directory> folder = OpenFolder(root, path);
  if (!folder.ok()) return;
  std::int64_t newest = since;
  const absl::Status listed = folder->List([&](const std::string& name, EntryType type) {
    const std::string at = Join(path, name);
    if (type != EntryType::kFile || LayoutOf(kind_).place(at, false).cls != DocumentClass::kMessage) return;
    const std::optional<FileMark> mark = seen_.Look(*folder, name);
    if (!mark) return;
    const std::int64_t changed = std::max(mark->mtime_ns, mark->ctime_ns);
    newest = std::max(newest, changed);
    if (changed > since) written_.push_back({session, at, mark->size});
  });
  if (listed.ok()) seen_.At(path).newest_ns = newest;
}

void RootTracker::ReadSlice(RootModel& model, std::int64_t bytes) {
  const absl::StatusOr<Directory> root = Directory::OpenRoot(model.root.path);
  if (!root.ok()) return;
  const std::int64_t end = model.stats.bytes + bytes;
  std::set<std::string> sessions;
  for (std::size_t steps = seen_.entries().size(); steps > 0 && model.stats.bytes < end; --steps) {
    auto entry = seen_.entries().upper_bound(slice_after_);
    if (entry == seen_.entries().end()) entry = seen_.entries().begin();
    const std::string path = entry->first;
    const SeenPaths::Seen seen = entry->second;
    slice_after_ = path;
    if (seen.in_conversation) {
      const std::string session = LayoutOf(kind_).place(path, true).session;
      const std::vector<std::string> tops = seen_.TopsOf(session);
      if (std::find(tops.begin(), tops.end(), path) != tops.end()) ReadConversation(model, *root, session);
    } else if (seen.mark.type != EntryType::kDirectory) {
      const absl::StatusOr<Directory> parent = OpenFolder(*root, ParentOf(path));
      if (parent.ok()) ReadAnew(model, *parent, ParentOf(path), {NameOf(path), seen.mark.type}, sessions);
    }
  }
  ReadConversations(model, *root, std::move(sessions), true);
}

std::optional<MonoTime> RootTracker::due() const {
  std::optional<MonoTime> due;
  for (const std::string& session : waiting_) {
    const auto rest = rest_until_.find(session);
    const MonoTime at = rest == rest_until_.end() ? clock_.Mono() : rest->second;
    if (!due || at < *due) due = at;
  }
  return due;
}

}  // namespace fleet::agent
