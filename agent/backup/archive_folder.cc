#include "agent/backup/archive_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "agent/backup/folders.h"
#include "agent/backup/verify.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kStaged = ".new";
constexpr std::string_view kManifest = ".manifest.json";
constexpr std::string_view kArchive = ".tar.gz";

absl::Status Sync(int fd) {
  // Some file systems cannot sync a directory; then there is nothing more to be done.
  if (fsync(fd) != 0 && errno != EINVAL) return FromErrno(errno, "cannot sync");
  return absl::OkStatus();
}

absl::Status GiveTo(int fd, uid_t owner) {
  if (geteuid() != 0 || owner == 0) return absl::OkStatus();
  if (fchown(fd, owner, static_cast<gid_t>(-1)) != 0) return FromErrno(errno, "cannot give it to its owner");
  return absl::OkStatus();
}

bool EndsWith(std::string_view text, std::string_view end) { return text.size() > end.size() && text.ends_with(end); }

std::string WithoutEnd(const std::string& text, std::string_view end) {
  return text.substr(0, text.size() - end.size());
}

}  // namespace

absl::StatusOr<ArchiveFolder> ArchiveFolder::OfHome(const Home& home, const std::string& name) {
  const std::string path = home.path + "/backups/" + name;
  ASSIGN_OR_RETURN(const Directory top, Directory::OpenRoot(home.path));
  absl::StatusOr<Directory> backups = MakeFolderBelow(top, "backups", home.owner);
  absl::StatusOr<Directory> folder =
      backups.ok() ? MakeFolderBelow(*backups, name, home.owner) : absl::StatusOr<Directory>(backups.status());
  if (ErrnoOf(folder.status()) == ELOOP || ErrnoOf(folder.status()) == ENOTDIR) {
    return FailedPrecondition(ToUtf8(path) + " is a link or no folder; name the folder for backups with --to");
  }
  if (!folder.ok()) return Annotate(folder.status(), ToUtf8(path));
  return ArchiveFolder(*std::move(folder), path, home.owner);
}

absl::StatusOr<ArchiveFolder> ArchiveFolder::Named(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return FromErrno(error.value(), "cannot name the folder " + ToUtf8(path));
  std::filesystem::path there = absolute;
  if (!there.has_filename() && there != there.root_path()) there = there.parent_path();
  ASSIGN_OR_RETURN(Directory directory, MakeFolders(there, geteuid()));
  ASSIGN_OR_RETURN(const FileStat stat, directory.Stat("."));
  return ArchiveFolder(std::move(directory), there, stat.uid);
}

absl::StatusOr<ArchiveFolder> ArchiveFolder::Nearest(const std::string& path) {
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(path, error);
  while (!error && !std::filesystem::is_directory(there, error) && there != there.root_path()) {
    there = there.parent_path();
    error.clear();
  }
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(there));
  return ArchiveFolder(std::move(directory), there, 0);
}

absl::StatusOr<ArchiveFolder> ArchiveFolder::Below(const std::string& name) const {
  absl::StatusOr<Directory> directory = MakeFolderBelow(directory_, name, owner_);
  if (!directory.ok()) return Annotate(directory.status(), ToUtf8(path_ + "/" + name));
  return ArchiveFolder(*std::move(directory), path_ + "/" + name, owner_);
}

absl::Status ArchiveFolder::Lock() {
  if (flock(directory_.fd(), LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno == EWOULDBLOCK) {
    return Unavailable("another backup or restore works in " + ToUtf8(path_) + "; try again when it is done");
  }
  return FromErrno(errno, "cannot lock " + ToUtf8(path_));
}

absl::Status ArchiveFolder::FinishInterrupted() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, Names());
  const auto is_there = [&](const std::string& name) { return std::binary_search(names.begin(), names.end(), name); };
  const std::string staged_manifest = std::string(kManifest) + std::string(kStaged);
  for (const std::string& name : names) {
    if (!EndsWith(name, staged_manifest)) continue;
    const std::string stem = WithoutEnd(name, staged_manifest);
    const std::string archive = stem + std::string(kArchive);
    PaddedText bytes;
    FileStat stat;
    const bool complete = is_there(archive) && !is_there(stem + std::string(kManifest)) &&
                          directory_.Read(name, kMostManifestBytes, bytes, stat).ok();
    const auto manifest = complete ? ParseSessionManifest(bytes.view()) : DataLoss("interrupted");
    const auto sum = manifest.ok() ? FileSha256(directory_, archive) : DataLoss("interrupted");
    if (sum.ok() && *sum == manifest->archive_sha256) RETURN_IF_ERROR(Publish(stem + std::string(kManifest)));
  }
  for (const std::string& name : names) {
    const bool staged =
        name.starts_with("sessions_") &&
        (EndsWith(name, std::string(kArchive) + std::string(kStaged)) || EndsWith(name, staged_manifest));
    const bool alone = name.starts_with("sessions_") && EndsWith(name, kManifest) &&
                       !is_there(WithoutEnd(name, kManifest) + std::string(kArchive));
    if (!staged && !alone) continue;
    if (unlinkat(directory_.fd(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return FromErrno(errno, "cannot remove " + ToUtf8(name));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Descriptor> ArchiveFolder::Stage(const std::string& name) const {
  const std::string staged = name + std::string(kStaged);
  Descriptor file(openat(directory_.fd(), staged.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(path_ + "/" + staged));
  RETURN_IF_ERROR(GiveTo(file.get(), owner_));
  return file;
}

absl::Status ArchiveFolder::StageWhole(const std::string& name, std::string_view bytes) const {
  ASSIGN_OR_RETURN(const Descriptor file, Stage(name));
  while (!bytes.empty()) {
    const ssize_t n = write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot write " + ToUtf8(name));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (fsync(file.get()) != 0) return FromErrno(errno, "cannot sync " + ToUtf8(name));
  return absl::OkStatus();
}

absl::Status ArchiveFolder::Publish(const std::string& name) const {
  const std::string staged = name + std::string(kStaged);
  const int fd = directory_.fd();
  if (renameat2(fd, staged.c_str(), fd, name.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) return AlreadyExists("there is " + ToUtf8(path_ + "/" + name) + " already; try again");
    const bool unknown = errno == EINVAL || errno == ENOSYS;  // a file system that does not know the flag
    struct stat found {};
    if (!unknown) return FromErrno(errno, "cannot put " + ToUtf8(name) + " in place");
    if (fstatat(fd, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
      return AlreadyExists("there is " + ToUtf8(path_ + "/" + name) + " already; try again");
    }
    if (renameat(fd, staged.c_str(), fd, name.c_str()) != 0) {
      return FromErrno(errno, "cannot put " + ToUtf8(name) + " in place");
    }
  }
  return Sync(fd);
}

void ArchiveFolder::DropStaged(const std::string& name) const {
  unlinkat(directory_.fd(), (name + std::string(kStaged)).c_str(), 0);
}

absl::Status ArchiveFolder::Remove(const std::string& archive) const {
  for (const std::string& name : {archive, ManifestNameOf(BackupName{}, archive)}) {
    if (unlinkat(directory_.fd(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return FromErrno(errno, "cannot remove " + ToUtf8(path_ + "/" + name));
    }
  }
  return Sync(directory_.fd());
}

absl::StatusOr<std::vector<std::string>> ArchiveFolder::Names() const {
  std::vector<std::string> names;
  RETURN_IF_ERROR(directory_.List([&](const std::string& name, EntryType type) {
    if (type == EntryType::kFile) names.push_back(name);
  }));
  std::sort(names.begin(), names.end());
  return names;
}

std::int64_t ArchiveFolder::FreeBytes() const {
  struct statvfs fs {};
  if (fstatvfs(directory_.fd(), &fs) != 0) return -1;
  return static_cast<std::int64_t>(fs.f_bavail) * static_cast<std::int64_t>(fs.f_frsize);
}

}  // namespace fleet::agent
