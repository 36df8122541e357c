#include "agent/store/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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

// statx and not fstat: it tells the attributes at no further cost. An empty path means the descriptor itself.
bool StatOf(int fd, const char* path, FileStat& out) {
  struct statx st;
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*path == '\0' ? AT_EMPTY_PATH : 0);
  if (statx(fd, path, flags, STATX_BASIC_STATS, &st) != 0) return false;
  out.size = static_cast<std::int64_t>(st.stx_size);
  out.mtime_ns = st.stx_mtime.tv_sec * 1'000'000'000 + st.stx_mtime.tv_nsec;
  out.device = makedev(st.stx_dev_major, st.stx_dev_minor);
  out.inode = st.stx_ino;
  out.mode = st.stx_mode;
  out.uid = st.stx_uid;
  out.gid = st.stx_gid;
  out.links = st.stx_nlink;
  out.immutable = (st.stx_attributes & STATX_ATTR_IMMUTABLE) != 0;
  out.append_only = (st.stx_attributes & STATX_ATTR_APPEND) != 0;
  return true;
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

absl::Status ReadWhole(int fd, std::int64_t size, PaddedText& bytes, const std::string& relative) {
  std::size_t got = 0;
  bytes.Resize(static_cast<std::size_t>(size));
  while (got < static_cast<std::size_t>(size)) {
    const ssize_t n = read(fd, bytes.data() + got, static_cast<std::size_t>(size) - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot read " + ToUtf8(relative));
    if (n == 0) break;  // it was cut meanwhile: what is there is what counts
    got += static_cast<std::size_t>(n);
  }
  if (got < static_cast<std::size_t>(size)) bytes.Resize(got);
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
  // Straight from the kernel on the descriptor at hand: a stream of its own would cost five more calls a directory.
  if (lseek(fd_, 0, SEEK_SET) < 0) return FromErrno(errno, "cannot list directory");
  alignas(dirent64) std::array<char, 32 * 1024> entries;
  std::string name;
  for (;;) {
    const ssize_t filled = getdents64(fd_, entries.data(), entries.size());
    if (filled < 0) return FromErrno(errno, "cannot list directory");
    if (filled == 0) return absl::OkStatus();
    for (ssize_t at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries.data() + at);
      at += entry->d_reclen;
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
}

absl::StatusOr<FileStat> Directory::Stat(const std::string& relative) const {
  FileStat stat;
  if (relative.find('/') == std::string::npos) {
    if (!StatOf(fd_, relative.c_str(), stat)) return FromErrno(errno, "cannot stat " + ToUtf8(relative));
    return stat;
  }
  const int fd = OpenBeneath(fd_, relative, O_PATH | O_NOFOLLOW, kNoLinks);
  if (fd < 0) return FromErrno(errno, "cannot stat " + ToUtf8(relative));
  const bool known = StatOf(fd, "", stat);
  const int error = errno;
  close(fd);
  if (!known) return FromErrno(error, "cannot stat " + ToUtf8(relative));
  return stat;
}

absl::Status Directory::Read(const std::string& relative, std::int64_t limit, PaddedText& bytes,
                             FileStat& found) const {
  // O_NONBLOCK: a FIFO that takes the file's place must not hang the agent.
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int fd = relative.find('/') == std::string::npos ? openat(fd_, relative.c_str(), flags | O_CLOEXEC)
                                                         : OpenBeneath(fd_, relative, flags, kNoLinks);
  if (fd < 0) return FromErrno(errno, "cannot open " + ToUtf8(relative));
  absl::Status status;
  if (!StatOf(fd, "", found)) {
    status = FromErrno(errno, "cannot stat " + ToUtf8(relative));
  } else if (!S_ISREG(found.mode)) {
    status = FailedPrecondition("cannot read " + ToUtf8(relative) + ": it is not a regular file");
  } else if (found.size > limit) {
    status = ResourceExhausted("will not read " + ToUtf8(relative) + ": " + std::to_string(found.size) +
                               " bytes are more than the limit of " + std::to_string(limit));
  } else {
    status = ReadWhole(fd, found.size, bytes, relative);
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
