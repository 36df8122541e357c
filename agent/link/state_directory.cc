#include "agent/link/state_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

absl::StatusOr<StateDirectory> StateDirectory::Open(const std::string& path) {
  const mode_t mask = umask(0077);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  umask(mask);
  if (error)
    return FromErrno(error.value(), "cannot make the agent's state folder " + path + "; name another with --state");
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return FromErrno(errno, "cannot open the agent's state folder " + path + "; name another with --state");
  return StateDirectory(path, folder);
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)), folder_(std::exchange(other.folder_, -1)), lock_(std::exchange(other.lock_, -1)) {}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) close(lock_);
  if (folder_ >= 0) close(folder_);
}

absl::Status StateDirectory::Lock() {
  Descriptor file(openat(folder_, "agent.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.fd < 0) return FromErrno(errno, "cannot open " + Where("agent.lock"));
  if (flock(file.fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FromErrno(errno, "cannot lock " + Where("agent.lock"));
    return AlreadyExists("another dgmo-agent runs on the state folder " + path_ +
                         "; stop it, or give this one a folder of its own with --state");
  }
  lock_ = std::exchange(file.fd, -1);
  return absl::OkStatus();
}

absl::StatusOr<std::string> StateDirectory::Read(const std::string& name) const {
  const Descriptor file(openat(folder_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.fd < 0) return FromErrno(errno, "cannot read " + Where(name));
  struct stat info {};
  if (fstat(file.fd, &info) != 0) return FromErrno(errno, "cannot read " + Where(name));
  if (!S_ISREG(info.st_mode) || static_cast<std::size_t>(info.st_size) > kMaxFileBytes) {
    return InvalidArgument("cannot read " + Where(name) + ": it is no regular file or over 16 MiB; move it away");
  }
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read(file.fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno, "cannot read " + Where(name));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

absl::Status StateDirectory::Replace(const std::string& name, std::string_view bytes) {
  const std::string fresh = name + ".new";
  const std::string what = "cannot write " + Where(name);
  {
    const Descriptor file(openat(folder_, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.fd < 0) return FromErrno(errno, what);
    if (!WriteAll(file.fd, bytes) || fsync(file.fd) != 0) {
      const int error = errno;
      unlinkat(folder_, fresh.c_str(), 0);
      return FromErrno(error, what);
    }
  }
  if (renameat(folder_, fresh.c_str(), folder_, name.c_str()) != 0) return FromErrno(errno, what);
  if (fsync(folder_) != 0) return FromErrno(errno, what);
  return absl::OkStatus();
}

absl::Status StateDirectory::Remove(const std::string& name) {
  if (unlinkat(folder_, name.c_str(), 0) == 0 || errno == ENOENT) return absl::OkStatus();
  return FromErrno(errno, "cannot remove " + Where(name));
}

absl::Status StateDirectory::Rename(const std::string& from, const std::string& to) {
  if (renameat(folder_, from.c_str(), folder_, to.c_str()) != 0)
    return FromErrno(errno, "cannot rename " + Where(from));
  if (fsync(folder_) != 0) return FromErrno(errno, "cannot rename " + Where(from));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> StateDirectory::Names() const {
  const int fd = openat(folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(fd < 0 ? nullptr : fdopendir(fd), closedir);
  if (!listing) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return FromErrno(error, "cannot list " + path_);
  }
  std::vector<std::string> names;
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace fleet::agent
