#include "agent/repair/preparation.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/repair/journal_text.h"
#include "agent/store/durable_file.h"
#include "agent/store/layout.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string ParentPath(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Bits that no document needs and nobody should get.
constexpr std::uint32_t kNeverForFiles = 07133;
constexpr std::uint32_t kNeverForDirectories = 07022;

// As the first document beside it, else as the folder.
absl::StatusOr<Attributes> LikeSiblings(const Directory& root, const std::string& path) {
  ASSIGN_OR_RETURN(const Directory parent, root.Open(ParentPath(path)));
  std::optional<std::string> first;
  RETURN_IF_ERROR(parent.List([&](const std::string& name, EntryType type) {
    const bool document = type == EntryType::kFile && name[0] != '.' && name.ends_with(".json");
    if (document && (!first || name < *first)) first = name;
  }));
  ASSIGN_OR_RETURN(const FileStat stat, parent.Stat(first.value_or(".")));
  Attributes attributes = AttributesOf(stat, false);
  attributes.mode = (attributes.mode & ~kNeverForFiles) | 0600;
  return attributes;
}

// As the nearest folder above that is there already.
absl::StatusOr<Attributes> LikeParent(const Directory& root, const std::string& path) {
  for (std::string parent = ParentPath(path);; parent = ParentPath(parent)) {
    const absl::StatusOr<Directory> opened = root.Open(parent);
    if (absl::IsNotFound(opened.status()) && parent != ".") continue;
    if (!opened.ok()) return opened.status();
    ASSIGN_OR_RETURN(const FileStat stat, opened->Stat("."));
    Attributes attributes = AttributesOf(stat, false);
    attributes.mode = (attributes.mode & ~kNeverForDirectories) | 0700;
    return attributes;
  }
}

absl::StatusOr<Attributes> AttributesFor(const Directory& root, const PathChange& change, uid_t owner) {
  if (change.before.kind == PathState::Kind::kFile) {
    Attributes attributes = AttributesOf(change.before.stat, false);
    if (change.access) attributes.mode = change.access->after.mode;
    if (change.access) attributes.uid = change.access->after.uid;
    return attributes;
  }
  if (change.removes_directory()) return AttributesOf(change.before.stat, false);
  const bool directory = change.after.kind == PathState::Kind::kDirectory;
  absl::StatusOr<Attributes> attributes = directory ? LikeParent(root, change.path) : LikeSiblings(root, change.path);
  if (!directory && absl::IsNotFound(attributes.status())) {
    attributes = LikeParent(root, change.path);  // its folder is made in the same run
    if (attributes.ok()) attributes->mode = (attributes->mode & ~kNeverForFiles) | 0600;
  }
  if (attributes.ok()) attributes->uid = owner;
  if (attributes.ok() && change.mode) attributes->mode = *change.mode;
  return attributes;
}

// What is there now, if it still is what was planned for.
absl::StatusOr<PathState> AsPlanned(const RootWriter& writer, const PathChange& change) {
  ASSIGN_OR_RETURN(PathState now,
                   change.only_access() ? writer.LookFromOutside(change.path) : writer.Look(change.path));
  // A file too large to be hashed by the plan is known by its stat.
  const bool same_bytes = change.before.sha256.empty() || change.before.sha256 == now.sha256;
  if (now.kind == change.before.kind && now.stat == change.before.stat && same_bytes) return now;
  return Aborted(ToUtf8(change.path) + " is no longer what was planned for; plan again");
}

absl::Status BackUp(const RootWriter& writer, const Journal& journal, const std::string& quarantine,
                    PathChange& change) {
  if (change.before.kind != PathState::Kind::kFile) return absl::OkStatus();
  RETURN_IF_ERROR(writer.CopyOut(change.path, journal.BackupPath(change), change.before));
  if (change.reason.empty()) return absl::OkStatus();
  change.quarantine = quarantine + "/" + change.path;
  RETURN_IF_ERROR(MakeFolder(ParentPath(change.quarantine)));
  // What is replaced cannot be moved there, so a copy goes.
  if (change.after.kind == PathState::Kind::kAbsent) return absl::OkStatus();
  RETURN_IF_ERROR(writer.CopyOut(change.path, change.quarantine, change.before));
  return SyncFolder(ParentPath(change.quarantine));
}

// Lines "sha256 size mode mtime path", what cannot be read with the reason in place of the hash.
class Listing {
 public:
  explicit Listing(const Layout& layout, int fd) : layout_(layout), fd_(fd) {}

  absl::Status Add(const Directory& directory, const std::string& prefix) {
    std::map<std::string, EntryType> entries;
    RETURN_IF_ERROR(directory.List([&](const std::string& name, EntryType type) { entries[name] = type; }));
    for (const auto& [name, type] : entries) {
      const std::string path = prefix + name;
      if (layout_.place(path, type == EntryType::kDirectory).skip) continue;
      if (type == EntryType::kFile) AddFile(directory, name, path);
      if (type == EntryType::kDirectory) {
        const absl::StatusOr<Directory> below = directory.Open(name);
        const absl::Status status = below.ok() ? Add(*below, path + "/") : below.status();
        if (!status.ok()) text_ += "unreadable: " + MessageOf(status) + "\n";
      }
      if (text_.size() > kFlushAt) RETURN_IF_ERROR(Flush());
    }
    return absl::OkStatus();
  }

  absl::Status Flush() {
    RETURN_IF_ERROR(WriteAll(fd_, text_));
    text_.clear();
    return absl::OkStatus();
  }

 private:
  static constexpr std::size_t kFlushAt = 1 << 16;

  void AddFile(const Directory& directory, const std::string& name, const std::string& path) {
    const Descriptor file(openat(directory.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const absl::StatusOr<std::string> sha256 =
        file.valid() ? HashAndCopy(file.get(), -1) : FromErrno(errno, "cannot open");
    const absl::StatusOr<FileStat> stat = directory.Stat(name);
    text_ += sha256.ok() ? *sha256 : "unreadable:" + MessageOf(sha256.status());
    if (stat.ok()) {
      char numbers[64];
      std::snprintf(numbers, sizeof numbers, " %lld %04o ", static_cast<long long>(stat->size), stat->mode & 07777U);
      text_ += numbers + TimeText(stat->mtime_ms());
    }
    text_.append(" ").append(ToPrintable(path)).append("\n");
  }

  const Layout& layout_;
  int fd_;
  std::string text_;
};

absl::Status WriteListing(const RootWriter& writer, const Root& root, const std::string& path) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(path));
  Listing listing(LayoutOf(root.kind), file.get());
  RETURN_IF_ERROR(listing.Add(writer.directory(), ""));
  RETURN_IF_ERROR(listing.Flush());
  if (fsync(file.get()) != 0) return FromErrno(errno, "cannot sync " + ToUtf8(path));
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareRoot(const RootWriter& writer, const Journal& journal, std::size_t index, std::int64_t now_ms,
                         JournalRoot& root) {
  const std::string quarantine = journal.QuarantineFolder(index);
  bool moves = false;
  for (std::size_t n = 0; n < root.changes.size(); ++n) {
    PathChange& change = root.changes[n];
    ASSIGN_OR_RETURN(change.before, AsPlanned(writer, change));
    if (change.only_access()) continue;
    ASSIGN_OR_RETURN(change.attributes, AttributesFor(writer.directory(), change, root.root.owner));
    char backup[32];
    std::snprintf(backup, sizeof backup, "%zu-%04zu", index, n);
    if (change.before.kind == PathState::Kind::kFile) change.backup = backup;
    RETURN_IF_ERROR(BackUp(writer, journal, quarantine, change));
    moves |= !change.quarantine.empty();
  }
  RETURN_IF_ERROR(WriteListing(writer, root.root, journal.ListingPath(index)));
  if (!moves) return absl::OkStatus();
  return WriteDurably(quarantine + ".json", QuarantineToText(root, now_ms));
}

}  // namespace fleet::agent
