#include "agent/repair/root_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <vector>

#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr char kStaging[] = ".dgmo-agent";
constexpr char kStaged[] = "new";
constexpr std::uint32_t kPermissions = 07777;

std::string ParentPath(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

absl::Status Sync(int fd, const std::string& what) {
  // Some file systems cannot sync a directory; then there is nothing more to be done.
  if (fsync(fd) != 0 && errno != EINVAL) return FromErrno(errno, "cannot sync " + ToUtf8(what));
  return absl::OkStatus();
}

absl::Status RenameNew(int from, const std::string& name, int to, const std::string& new_name) {
  if (renameat2(from, name.c_str(), to, new_name.c_str(), RENAME_NOREPLACE) == 0) return absl::OkStatus();
  if (errno == EXDEV) return Unavailable("the target is on another file system");
  if (errno == EEXIST) return Aborted("something was put there meanwhile");
  if (errno != EINVAL && errno != ENOSYS) return FromErrno(errno, "cannot rename");
  // A file system that does not know the flag.
  struct stat st;
  if (fstatat(to, new_name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return Aborted("something was put there meanwhile");
  if (renameat(from, name.c_str(), to, new_name.c_str()) != 0) return FromErrno(errno, "cannot rename");
  return absl::OkStatus();
}

absl::Status SetAttributes(int fd, const Attributes& attributes) {
  struct stat st;
  if (fstat(fd, &st) != 0) return FromErrno(errno, "cannot stat");
  if ((st.st_uid != attributes.uid || st.st_gid != attributes.gid) && fchown(fd, attributes.uid, attributes.gid) != 0) {
    return FromErrno(errno, "cannot give it to its owner; run as that user or as root");
  }
  if (fchmod(fd, attributes.mode & kPermissions) != 0) return FromErrno(errno, "cannot set its mode");
  if (!attributes.mtime_ns) return absl::OkStatus();
  const timespec time = {.tv_sec = *attributes.mtime_ns / 1'000'000'000,
                         .tv_nsec = *attributes.mtime_ns % 1'000'000'000};
  const std::array<timespec, 2> times = {time, time};
  if (futimens(fd, times.data()) != 0) return FromErrno(errno, "cannot set its time");
  return absl::OkStatus();
}

// Open for reading if it is a regular file; a FIFO in its place does not block.
Descriptor OpenFile(const Directory& parent, const std::string& name) {
  return Descriptor(openat(parent.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

PathState::Kind KindOf(const FileStat& stat) {
  if (S_ISDIR(stat.mode)) return PathState::Kind::kDirectory;
  return S_ISREG(stat.mode) ? PathState::Kind::kFile : PathState::Kind::kOther;
}

absl::Status ChangedSincePlan(const std::string& path) {
  return Aborted(ToUtf8(path) + " is no longer what was planned for; plan again");
}

// A new directory that is not durable yet.
absl::StatusOr<Directory> MakeUnsynced(const Directory& parent, const std::string& path, const Attributes& attributes) {
  if (mkdirat(parent.fd(), NameOf(path).c_str(), 0700) != 0) {
    if (errno == EEXIST) return Aborted(ToUtf8(path) + " was made by somebody else meanwhile; plan again");
    return FromErrno(errno, "cannot make directory " + ToUtf8(path));
  }
  ASSIGN_OR_RETURN(Directory made, parent.Open(NameOf(path)));
  RETURN_IF_ERROR(Annotate(SetAttributes(made.fd(), attributes), ToUtf8(path)));
  return made;
}

absl::Status HardLinked(const std::string& path) {
  return FailedPrecondition(ToUtf8(path) + " has other hard links, which would keep the old bytes; unlink them first");
}

absl::Status FolderSynced(const std::string& file) { return SyncFolder(ParentPath(file)); }

}  // namespace

Attributes AttributesOf(const FileStat& stat, bool with_time) {
  Attributes attributes{.mode = stat.mode & kPermissions, .uid = stat.uid, .gid = stat.gid, .mtime_ns = std::nullopt};
  if (with_time) attributes.mtime_ns = stat.mtime_ns;
  return attributes;
}

bool IsPlainPath(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return false;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string component = path.substr(start, end - start);
    if (component.empty() || component == "." || component == "..") return false;
    if (start == 0 && component == kStaging) return false;
    start = end + 1;
  }
  return true;
}

absl::StatusOr<RootWriter> RootWriter::Open(const std::string& root) {
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(root));
  return RootWriter(std::move(directory));
}

absl::StatusOr<Directory> RootWriter::Parent(const std::string& path) const {
  if (!IsPlainPath(path)) return InvalidArgument("will not touch " + ToUtf8(path) + ": it may lie outside the root");
  return directory_.Open(ParentPath(path));
}

absl::StatusOr<PathState> RootWriter::Look(const std::string& path) const {
  PathState state;
  const absl::StatusOr<Directory> parent = Parent(path);
  if (absl::IsNotFound(parent.status())) return state;
  if (!parent.ok()) return parent.status();
  absl::StatusOr<FileStat> stat = parent->Stat(NameOf(path));
  if (absl::IsNotFound(stat.status())) return state;
  if (!stat.ok()) return stat.status();
  state.stat = *stat;
  state.kind = KindOf(*stat);
  if (state.kind != PathState::Kind::kFile) return state;
  const Descriptor file = OpenFile(*parent, NameOf(path));
  if (!file.valid()) return FromErrno(errno, "cannot open " + ToUtf8(path));
  absl::StatusOr<std::string> sha256 = HashAndCopy(file.get(), -1);
  if (!sha256.ok()) return Annotate(sha256.status(), ToUtf8(path));
  state.sha256 = *std::move(sha256);
  return state;
}

absl::StatusOr<PathState> RootWriter::LookFromOutside(const std::string& path) const {
  PathState state;
  absl::StatusOr<FileStat> stat = FileStat();
  if (path == ".") {
    stat = directory_.Stat("");
  } else {
    const absl::StatusOr<Directory> parent = Parent(path);
    stat = parent.ok() ? parent->Stat(NameOf(path)) : parent.status();
  }
  if (absl::IsNotFound(stat.status())) return state;
  if (!stat.ok()) return stat.status();
  state.stat = *stat;
  state.kind = KindOf(*stat);
  return state;
}

absl::Status RootWriter::SetAccess(const std::string& path, std::uint32_t mode, std::uint32_t uid,
                                   const PathState& expected) {
  ASSIGN_OR_RETURN(const PathState found, LookFromOutside(path));
  if (found.kind != expected.kind || found.stat != expected.stat) return ChangedSincePlan(path);
  if (found.kind == PathState::Kind::kFile && found.stat.links > 1) {
    return FailedPrecondition(ToUtf8(path) + " has other hard links, which would change too; unlink them first");
  }
  ASSIGN_OR_RETURN(const Directory parent, path == "." ? directory_.Open(".") : Parent(path));
  const std::string name = path == "." ? "." : NameOf(path);
  // No right on the entry itself is needed to hold it.
  const Descriptor held(openat(parent.fd(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat st;
  if (!held.valid() || fstat(held.get(), &st) != 0) return FromErrno(errno, "cannot open " + ToUtf8(path));
  if (st.st_ino != found.stat.inode) return ChangedSincePlan(path);
  if (st.st_uid != uid && fchownat(held.get(), "", uid, static_cast<gid_t>(-1), AT_EMPTY_PATH) != 0) {
    return FromErrno(errno, "cannot give " + ToUtf8(path) + " to its owner; run as root");
  }
  // Such a descriptor takes no fchmod; its name in /proc leads to the very same entry.
  const std::string self = "/proc/self/fd/" + std::to_string(held.get());
  if (chmod(self.c_str(), mode & kPermissions) != 0)
    return FromErrno(errno, "cannot set the rights of " + ToUtf8(path));
  const Descriptor file = OpenFile(parent, name);
  return file.valid() ? Sync(file.get(), path) : absl::OkStatus();
}

absl::Status RootWriter::Expect(const std::string& path, const PathState& expected) const {
  ASSIGN_OR_RETURN(const PathState found, Look(path));
  if (found.Holds(expected) && found.stat == expected.stat) return absl::OkStatus();
  return ChangedSincePlan(path);
}

absl::StatusOr<Directory> RootWriter::Staging() {
  if (mkdirat(directory_.fd(), kStaging, 0700) != 0 && errno != EEXIST) {
    return FromErrno(errno, "cannot make the staging directory");
  }
  return directory_.Open(kStaging);
}

absl::Status RootWriter::Place(const std::string& path, const Attributes& attributes, const PathState& expected,
                               Fill fill) {
  if (expected.kind == PathState::Kind::kFile && expected.stat.links > 1) return HardLinked(path);
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  ASSIGN_OR_RETURN(const Directory staging, Staging());
  unlinkat(staging.fd(), kStaged, 0);  // of an interrupted run
  const Descriptor file(openat(staging.fd(), kStaged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot stage " + ToUtf8(path));
  absl::Status status = fill(file.get());
  if (status.ok()) status = SetAttributes(file.get(), attributes);
  if (status.ok()) status = Sync(file.get(), path);
  if (status.ok()) status = Expect(path, expected);
  if (status.ok() && expected.kind == PathState::Kind::kAbsent) {
    status = RenameNew(staging.fd(), kStaged, parent.fd(), NameOf(path));
  } else if (status.ok() && renameat(staging.fd(), kStaged, parent.fd(), NameOf(path).c_str()) != 0) {
    status = FromErrno(errno, "cannot rename into place");
  }
  if (status.ok()) return Sync(parent.fd(), path);
  unlinkat(staging.fd(), kStaged, 0);
  return Annotate(status, ToUtf8(path));
}

absl::Status RootWriter::Write(const std::string& path, std::string_view bytes, const Attributes& attributes,
                               const PathState& expected) {
  return Place(path, attributes, expected, [&](int fd) { return WriteAll(fd, bytes); });
}

absl::Status RootWriter::CopyIn(const std::string& path, const std::string& source, const Attributes& attributes,
                                const PathState& expected) {
  const Descriptor from(open(source.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!from.valid()) return FromErrno(errno, "cannot open " + ToUtf8(source));
  return Place(path, attributes, expected, [&](int fd) { return HashAndCopy(from.get(), fd).status(); });
}

absl::Status RootWriter::CopyAllIn(std::span<const Incoming> files) {
  if (files.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Directory staging, Staging());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Incoming& file = files[i];
    if (file.expected.kind == PathState::Kind::kFile && file.expected.stat.links > 1) return HardLinked(file.path);
    const std::string staged = kStaged + std::to_string(i);
    unlinkat(staging.fd(), staged.c_str(), 0);  // of an interrupted run
    const Descriptor from(open(file.source.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!from.valid()) return FromErrno(errno, "cannot open " + ToUtf8(file.source));
    const Descriptor to(
        openat(staging.fd(), staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!to.valid()) return FromErrno(errno, "cannot stage " + ToUtf8(file.path));
    RETURN_IF_ERROR(Annotate(HashAndCopy(from.get(), to.get()).status(), ToUtf8(file.path)));
    RETURN_IF_ERROR(Annotate(SetAttributes(to.get(), file.attributes), ToUtf8(file.path)));
  }
  if (syncfs(staging.fd()) != 0) return FromErrno(errno, "cannot sync what is staged");
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Incoming& file = files[i];
    const std::string staged = kStaged + std::to_string(i);
    ASSIGN_OR_RETURN(const Directory parent, Parent(file.path));
    RETURN_IF_ERROR(Expect(file.path, file.expected));
    if (file.expected.kind == PathState::Kind::kAbsent) {
      RETURN_IF_ERROR(Annotate(RenameNew(staging.fd(), staged, parent.fd(), NameOf(file.path)), ToUtf8(file.path)));
    } else if (renameat(staging.fd(), staged.c_str(), parent.fd(), NameOf(file.path).c_str()) != 0) {
      return FromErrno(errno, "cannot rename " + ToUtf8(file.path) + " into place");
    }
  }
  if (syncfs(staging.fd()) != 0) return FromErrno(errno, "cannot sync what was renamed");
  return absl::OkStatus();
}

absl::Status RootWriter::CopyOut(const std::string& path, const std::string& destination,
                                 const PathState& expected) const {
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  const Descriptor file = OpenFile(parent, NameOf(path));
  if (!file.valid()) return FromErrno(errno, "cannot open " + ToUtf8(path));
  // Under another name it may lie anywhere: what is outside of the root is not copied, however it got its name here.
  struct stat opened {};
  if (fstat(file.get(), &opened) != 0) return FromErrno(errno, "cannot look at " + ToUtf8(path));
  if (opened.st_nlink > 1 || opened.st_ino != expected.stat.inode) {
    return Aborted(ToUtf8(path) + " has other hard links or is another file now; plan again");
  }
  ASSIGN_OR_RETURN(const std::string sha256, CopyDurably(file.get(), destination));
  absl::Status status = Expect(path, expected);
  if (status.ok() && sha256 != expected.sha256) status = Aborted(ToUtf8(path) + " changed while it was copied");
  if (!status.ok()) unlink(destination.c_str());
  return status;
}

absl::Status RootWriter::MoveOut(const std::string& path, const std::string& destination, const PathState& expected) {
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  RETURN_IF_ERROR(Expect(path, expected));
  absl::Status status = RenameNew(parent.fd(), NameOf(path), AT_FDCWD, destination);
  if (absl::IsUnavailable(status)) {
    RETURN_IF_ERROR(CopyOut(path, destination, expected));
    RETURN_IF_ERROR(FolderSynced(destination));
    if (unlinkat(parent.fd(), NameOf(path).c_str(), 0) != 0) {
      return FromErrno(errno, "cannot remove " + ToUtf8(path) + " after copying it");
    }
    return Sync(parent.fd(), path);
  }
  if (!status.ok()) return Annotate(status, "cannot move " + ToUtf8(path) + " to quarantine");
  RETURN_IF_ERROR(FolderSynced(destination));
  return Sync(parent.fd(), path);
}

absl::Status RootWriter::MoveIn(const std::string& path, const std::string& source) {
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  RETURN_IF_ERROR(RenameNew(AT_FDCWD, source, parent.fd(), NameOf(path)));
  RETURN_IF_ERROR(Sync(parent.fd(), path));
  return FolderSynced(source);
}

absl::Status RootWriter::MakeDirectory(const std::string& path, const Attributes& attributes) {
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  ASSIGN_OR_RETURN(const Directory made, MakeUnsynced(parent, path, attributes));
  RETURN_IF_ERROR(Sync(made.fd(), path));
  return Sync(parent.fd(), path);
}

absl::Status RootWriter::MakeDirectories(std::span<const NewDirectory> directories) {
  for (const NewDirectory& directory : directories) {
    ASSIGN_OR_RETURN(const Directory parent, Parent(directory.path));
    RETURN_IF_ERROR(MakeUnsynced(parent, directory.path, directory.attributes).status());
  }
  if (syncfs(directory_.fd()) != 0) return FromErrno(errno, "cannot sync the new directories");
  return absl::OkStatus();
}

absl::Status RootWriter::RemoveEmptyDirectory(const std::string& path) {
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  if (unlinkat(parent.fd(), NameOf(path).c_str(), AT_REMOVEDIR) != 0) {
    return FromErrno(errno, "cannot remove directory " + ToUtf8(path));
  }
  return Sync(parent.fd(), path);
}

absl::Status RootWriter::RemoveCreated(const std::string& path, const PathState& expected) {
  ASSIGN_OR_RETURN(const Directory parent, Parent(path));
  RETURN_IF_ERROR(Expect(path, expected));
  if (unlinkat(parent.fd(), NameOf(path).c_str(), 0) != 0) return FromErrno(errno, "cannot remove " + ToUtf8(path));
  return Sync(parent.fd(), path);
}

absl::Status RootWriter::RemoveStaging() {
  const absl::StatusOr<Directory> staging = directory_.Open(kStaging);
  if (absl::IsNotFound(staging.status())) return absl::OkStatus();
  if (!staging.ok()) return staging.status();
  std::vector<std::string> left;
  RETURN_IF_ERROR(staging->List([&](const std::string& name, EntryType) { left.push_back(name); }));
  for (const std::string& name : left) unlinkat(staging->fd(), name.c_str(), 0);
  if (unlinkat(directory_.fd(), kStaging, AT_REMOVEDIR) != 0) {
    return FromErrno(errno, "cannot remove the staging directory");
  }
  return Sync(directory_.fd(), kStaging);
}

}  // namespace fleet::agent
