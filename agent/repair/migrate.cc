#include "agent/repair/migrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <utility>

#include "agent/backup/folders.h"
#include "agent/probe/liveness.h"
#include "agent/repair/guards.h"
#include "agent/store/descriptor.h"
#include "agent/store/directory.h"
#include "agent/store/durable_file.h"
#include "agent/store/root_lock.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr int kDeepest = 64;
constexpr std::int64_t kReserve = 64LL << 20;
constexpr char kStagedEnd[] = ".dgmo-agent-migrating";
// The agent's own folder in a root.
constexpr char kOwnFolder[] = ".dgmo-agent";

// Everything below a root, in the order in which it is made.
struct Entry {
  std::string path;
  bool is_directory = false;
  FileStat stat;
};

class Walk {
 public:
  explicit Walk(Migration& migration) : migration_(migration) {}

  absl::Status Run(const Directory& directory, const std::string& below, int depth) {
    if (depth > kDeepest) return FailedPrecondition("folders are nested too deeply at " + ToUtf8(below));
    std::map<std::string, EntryType> entries;
    RETURN_IF_ERROR(directory.List([&](const std::string& name, EntryType type) { entries[name] = type; }));
    for (const auto& [name, type] : entries) {
      const std::string path = below + name;
      if (path == kOwnFolder) continue;
      if (type != EntryType::kDirectory && type != EntryType::kFile) {
        migration_.left_out.push_back(path);
        continue;
      }
      ASSIGN_OR_RETURN(const FileStat stat, directory.Stat(name));
      found_.push_back({path, type == EntryType::kDirectory, stat});
      if (type == EntryType::kFile) {
        ++migration_.files;
        migration_.bytes += stat.size;
        continue;
      }
      ASSIGN_OR_RETURN(const Directory inside, directory.Open(name));
      RETURN_IF_ERROR(Run(inside, path + "/", depth + 1));
    }
    return absl::OkStatus();
  }

  const std::vector<Entry>& found() const { return found_; }

 private:
  Migration& migration_;
  std::vector<Entry> found_;
};

std::string FileName(const std::string& path) { return std::filesystem::path(path).filename(); }

absl::StatusOr<Directory> FolderOf(const Directory& top, const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  return top.Open(folder.empty() ? "." : folder);
}

absl::StatusOr<Descriptor> OpenFile(const Directory& top, const std::string& path, int flags, mode_t mode = 0) {
  ASSIGN_OR_RETURN(const Directory folder, FolderOf(top, path));
  Descriptor file(openat(folder.fd(), FileName(path).c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode));
  if (!file.valid()) return FromErrno(errno, "cannot open " + ToUtf8(path));
  return file;
}

// Mode, time and, for a process of root, the owner.
absl::Status SetAttributes(int fd, const FileStat& stat, const std::string& path) {
  if (geteuid() == 0 && fchown(fd, stat.uid, stat.gid) != 0) return FromErrno(errno, "cannot give " + ToUtf8(path));
  if (fchmod(fd, stat.mode & 07777U) != 0) return FromErrno(errno, "cannot set the rights of " + ToUtf8(path));
  const timespec time = {.tv_sec = stat.mtime_ns / 1'000'000'000, .tv_nsec = stat.mtime_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  if (futimens(fd, times) != 0) return FromErrno(errno, "cannot set the time of " + ToUtf8(path));
  return absl::OkStatus();
}

class Copy {
 public:
  Copy(const Directory& from, const Directory& to) : from_(from), to_(to) {}

  absl::Status Make(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      RETURN_IF_ERROR(entry.is_directory ? MakeDirectory(entry.path) : CopyFile(entry));
    }
    // What is put into a folder changes its time.
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (!entry->is_directory) continue;
      ASSIGN_OR_RETURN(const Directory folder, to_.Open(entry->path));
      RETURN_IF_ERROR(SetAttributes(folder.fd(), entry->stat, entry->path));
    }
    if (syncfs(to_.fd()) != 0) return FromErrno(errno, "cannot make the copy durable");
    return absl::OkStatus();
  }

  // Reads both sides again.
  absl::Status Compare(const std::vector<Entry>& entries) const {
    for (const Entry& entry : entries) {
      if (entry.is_directory) continue;
      const std::string& sha256 = sums_.at(entry.path);
      ASSIGN_OR_RETURN(const std::string source, SumOf(from_, entry.path));
      if (source != sha256) return Changed(entry.path);
      ASSIGN_OR_RETURN(const std::string copy, SumOf(to_, entry.path));
      if (copy != sha256) return DataLoss("the copy of " + ToUtf8(entry.path) + " is not what was written");
    }
    return absl::OkStatus();
  }

  static absl::Status Changed(const std::string& path) {
    return Aborted(ToUtf8(path) + " changed while it was copied; stop what writes there and try again");
  }

 private:
  absl::Status MakeDirectory(const std::string& path) const {
    ASSIGN_OR_RETURN(const Directory folder, FolderOf(to_, path));
    if (mkdirat(folder.fd(), FileName(path).c_str(), 0700) != 0) return FromErrno(errno, "cannot make " + ToUtf8(path));
    return absl::OkStatus();
  }

  absl::Status CopyFile(const Entry& entry) {
    ASSIGN_OR_RETURN(const Descriptor source, OpenFile(from_, entry.path, O_RDONLY));
    ASSIGN_OR_RETURN(const Descriptor copy, OpenFile(to_, entry.path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    ASSIGN_OR_RETURN(sums_[entry.path], HashAndCopy(source.get(), copy.get()));
    return SetAttributes(copy.get(), entry.stat, entry.path);
  }

  static absl::StatusOr<std::string> SumOf(const Directory& top, const std::string& path) {
    ASSIGN_OR_RETURN(const Descriptor file, OpenFile(top, path, O_RDONLY));
    return HashAndCopy(file.get(), -1);
  }

  const Directory& from_;
  const Directory& to_;
  std::map<std::string, std::string> sums_;
};

// A file that was written meanwhile has another time.
bool SameEntries(const std::vector<Entry>& a, const std::vector<Entry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Entry& one, const Entry& other) {
    return one.path == other.path && one.is_directory == other.is_directory &&
           (one.is_directory || one.stat == other.stat);
  });
}

bool IsWithin(const std::string& path, const std::string& folder) { return (path + "/").starts_with(folder + "/"); }

std::optional<Refusal> WhyNot(const MigrationRequest& request, const Migration& migration) {
  const std::string name = ToUtf8(migration.to);
  std::error_code error;
  if (IsLive(request.root)) return LiveRefusal(request.root);
  if (std::filesystem::exists(std::filesystem::symlink_status(migration.to, error))) {
    return Refusal{"exists", name + " is there already; name a folder that is not"};
  }
  if (IsWithin(migration.to, request.root.path)) {
    return Refusal{"inside", name + " lies in what is to be copied; name a folder elsewhere"};
  }
  const std::int64_t free = FreeBytes(migration.to);
  const std::int64_t needed = migration.bytes + migration.bytes / 10 + kReserve;
  if (free >= 0 && free < needed) {
    return Refusal{"no_space", "the file system of " + name + " has " + std::to_string(free >> 20) +
                                   " MiB free and the copy needs " + std::to_string(needed >> 20) + " MiB"};
  }
  return std::nullopt;
}

// dgmo's own programs ignore OPENCODE_DATA_PATH (catalogue: "Surprises: guide versus reality").
std::vector<std::string> AdviceFor(const Root& root, const std::string& to) {
  const std::string name = ToUtf8(to);
  std::vector<std::string> advice;
  const std::string place = "/" + root.app + "/project/" + root.name;
  if (root.kind == RootKind::kGuide) {
    const std::string path = FileName(to) == "dgmo" ? std::filesystem::path(to).parent_path().string() : to;
    advice.push_back(
        "Tools that honour it, this agent among them, find the copy with OPENCODE_DATA_PATH=" + ToUtf8(path) + ".");
  } else if (!root.app.empty() && to.ends_with(place)) {
    advice.push_back("dgmo uses the copy when it is started with XDG_DATA_HOME=" +
                     ToUtf8(to.substr(0, to.size() - place.size())) + ".");
  }
  advice.push_back("Or, with dgmo stopped: move " + ToUtf8(root.path) + " aside and put a bind mount of " + name +
                   " or a link to it in its place.");
  advice.push_back(ToUtf8(root.path) + " is as it was; keep it until nothing is missed.");
  return advice;
}

absl::Status CopyWhole(const MigrationRequest& request, const Directory& from, const std::vector<Entry>& entries,
                       const std::string& to) {
  const std::string staged = to + kStagedEnd;
  std::error_code error;
  std::filesystem::remove_all(staged, error);
  if (error) return FromErrno(error.value(), "cannot remove what an interrupted run left, " + ToUtf8(staged));
  const auto run = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const Directory top, MakeFolders(staged, request.root.owner));
    Copy copy(from, top);
    RETURN_IF_ERROR(copy.Make(entries));
    RETURN_IF_ERROR(copy.Compare(entries));
    Migration again;
    Walk walk(again);
    RETURN_IF_ERROR(walk.Run(from, "", 0));
    if (!SameEntries(entries, walk.found())) return Copy::Changed(request.root.path);
    ASSIGN_OR_RETURN(const FileStat stat, from.Stat("."));
    RETURN_IF_ERROR(SetAttributes(top.fd(), stat, to));
    if (renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
      return FromErrno(errno, "cannot put " + ToUtf8(to) + " in place");
    }
    return SyncFolder(std::filesystem::path(to).parent_path());
  };
  absl::Status status = run();
  if (!status.ok()) std::filesystem::remove_all(staged, error);
  return status;
}

}  // namespace

absl::StatusOr<Migration> Migrate(const MigrationRequest& request) {
  std::error_code error;
  Migration migration;
  std::filesystem::path to = std::filesystem::weakly_canonical(request.to, error);
  if (error) return FromErrno(error.value(), "cannot name the folder " + ToUtf8(request.to));
  if (!to.has_filename()) to = to.parent_path();
  migration.to = to;
  ASSIGN_OR_RETURN(const Directory from, Directory::OpenRoot(request.root.path));
  ASSIGN_OR_RETURN(const RootLock lock, RootLock::Take(request.root.path, request.state));
  Walk walk(migration);
  RETURN_IF_ERROR(walk.Run(from, "", 0));
  migration.refusal = WhyNot(request, migration);
  if (migration.refusal) return migration;
  if (request.apply) RETURN_IF_ERROR(CopyWhole(request, from, walk.found(), migration.to));
  migration.advice = AdviceFor(request.root, migration.to);
  return migration;
}

}  // namespace fleet::agent
