#include "agent/watch/file_mark.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fleet::agent {

namespace {

// No file system dgmo is used on counts time in longer steps (FAT does in these).
constexpr std::int64_t kCoarsestStep = 2'000'000'000;

EntryType TypeOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return EntryType::kDirectory;
    case S_IFLNK: return EntryType::kSymlink;
    case S_IFIFO: return EntryType::kFifo;
    case S_IFSOCK: return EntryType::kSocket;
    case S_IFREG: return EntryType::kFile;
    default: return EntryType::kDevice;
  }
}

FileMark Convert(const struct stat& st, std::int64_t now_ns) {
  FileMark mark;
  mark.device = st.st_dev;
  mark.inode = st.st_ino;
  mark.size = st.st_size;
  mark.mtime_ns = st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec;
  mark.ctime_ns = st.st_ctim.tv_sec * 1'000'000'000 + st.st_ctim.tv_nsec;
  mark.looked_ns = now_ns;
  mark.type = TypeOf(st.st_mode);
  return mark;
}

}  // namespace

bool FileMark::settled() const { return ctime_ns + kCoarsestStep < looked_ns; }

std::optional<FileMark> MarkAt(const Directory& folder, const std::string& name, std::int64_t now_ns) {
  struct stat st;
  if (fstatat(folder.fd(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return Convert(st, now_ns);
}

std::optional<FileMark> MarkAt(const std::string& absolute, std::int64_t now_ns) {
  const int fd = OpenWithoutLinks(absolute, O_PATH);
  if (fd < 0) return std::nullopt;
  struct stat st;
  const bool looked = fstat(fd, &st) == 0;
  close(fd);
  return looked ? std::optional(Convert(st, now_ns)) : std::nullopt;
}

int OpenWithoutLinks(const std::string& absolute, int flags) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, AT_FDCWD, absolute.c_str(), &how, sizeof how));
}

}  // namespace fleet::agent
