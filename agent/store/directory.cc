#include "agent/store/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::uint64_t kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

int OpenBeneath(int fd, const std::string& relative, int flags, std::uint64_t resolve) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | resolve;
  return static_cast<int>(syscall(SYS_openat2, fd, relative.c_str(), &how, sizeof how));
}

FileStat Convert(const struct stat& st) {
  FileStat out;
  out.size = st.st_size;
  out.mtime_ns = st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec;
  out.device = st.st_dev;
  out.inode = st.st_ino;
  out.mode = st.st_mode;
  out.uid = st.st_uid;
  out.gid = st.st_gid;
  out.links = st.st_nlink;
  return out;
}

EntryType TypeOf(unsigned char type) {
  switch (type) {
    case DT_DIR: return EntryType::kDirectory;
    case DT_LNK: return EntryType::kSymlink;
    case DT_FIFO: return EntryType::kFifo;
    case DT_SOCK: return EntryType::kSocket;
    case DT_CHR:
    case DT_BLK: return EntryType::kDevice;
    default: return EntryType::kFile;
  }
}

absl::Status ReadWhole(int fd, std::int64_t size, PaddedText& bytes, const std::string& what) {
  std::size_t got = 0;
  bytes.Resize(static_cast<std::size_t>(size));
  while (got < static_cast<std::size_t>(size)) {
    const ssize_t n = read(fd, bytes.data() + got, static_cast<std::size_t>(size) - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot read " + what);
    if (n == 0) break;  // it was cut meanwhile: what is there is what counts
    got += static_cast<std::size_t>(n);
  }
  bytes.Resize(got);
  return absl::OkStatus();
}

}  // namespace

std::string_view EntryTypeText(EntryType type) {
  static constexpr std::string_view kTexts[] = {"file", "directory", "symlink", "fifo", "socket", "device"};
  return kTexts[static_cast<int>(type)];
}

absl::StatusOr<Directory> Directory::OpenRoot(const std::string& absolute) {
  const int fd = open(absolute.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FromErrno(errno, "cannot open directory " + ToUtf8(absolute));
  return Directory(fd);
}

Directory::Directory(Directory&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Directory& Directory::operator=(Directory&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Directory::~Directory() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Directory> Directory::Open(std::string_view relative) const {
  const int fd = OpenBeneath(fd_, std::string(relative), O_RDONLY | O_DIRECTORY, kNoLinks);
  if (fd < 0) return FromErrno(errno, "cannot open directory " + ToUtf8(relative));
  return Directory(fd);
}

absl::Status Directory::List(absl::FunctionRef<void(const std::string&, EntryType)> visit) const {
  const int fd = openat(fd_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FromErrno(errno, "cannot open directory");
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd), closedir);
  if (!stream) {
    close(fd);
    return FromErrno(errno, "cannot list directory");
  }
  std::string name;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) return errno == 0 ? absl::OkStatus() : FromErrno(errno, "cannot list directory");
    name = entry->d_name;
    if (name == "." || name == "..") continue;
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN) {
      struct stat st;
      if (fstatat(fd_, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
      type = static_cast<unsigned char>(IFTODT(st.st_mode));
    }
    visit(name, TypeOf(type));
  }
}

absl::StatusOr<FileStat> Directory::Stat(const std::string& relative) const {
  struct stat st;
  if (relative.find('/') == std::string::npos) {
    if (fstatat(fd_, relative.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return FromErrno(errno, "cannot stat " + ToUtf8(relative));
    }
    return Convert(st);
  }
  const int fd = OpenBeneath(fd_, relative, O_PATH | O_NOFOLLOW, kNoLinks);
  if (fd < 0) return FromErrno(errno, "cannot stat " + ToUtf8(relative));
  const int result = fstat(fd, &st);
  close(fd);
  if (result != 0) return FromErrno(errno, "cannot stat " + ToUtf8(relative));
  return Convert(st);
}

absl::Status Directory::Read(const std::string& relative, std::int64_t limit, PaddedText& bytes,
                             FileStat& found) const {
  // O_NONBLOCK: a FIFO that takes the file's place must not hang the agent.
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int fd = relative.find('/') == std::string::npos ? openat(fd_, relative.c_str(), flags | O_CLOEXEC)
                                                         : OpenBeneath(fd_, relative, flags, kNoLinks);
  if (fd < 0) return FromErrno(errno, "cannot open " + ToUtf8(relative));
  struct stat st;
  absl::Status status;
  if (fstat(fd, &st) != 0) {
    status = FromErrno(errno, "cannot stat " + ToUtf8(relative));
  } else if (found = Convert(st); !S_ISREG(st.st_mode)) {
    status = FailedPrecondition("cannot read " + ToUtf8(relative) + ": it is not a regular file");
  } else if (st.st_size > limit) {
    status = ResourceExhausted("will not read " + ToUtf8(relative) + ": " + std::to_string(st.st_size) +
                               " bytes are more than the limit of " + std::to_string(limit));
  } else {
    status = ReadWhole(fd, st.st_size, bytes, ToUtf8(relative));
  }
  close(fd);
  return status;
}

bool Directory::LinkLeaves(const std::string& name) const {
  const int fd = OpenBeneath(fd_, name, O_PATH, RESOLVE_NO_MAGICLINKS);
  if (fd < 0) return true;
  close(fd);
  return false;
}

}  // namespace fleet::agent
