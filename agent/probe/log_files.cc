#include "agent/probe/log_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

std::vector<LogFolder> LogFoldersOf(const HomeModel& home, const CheckSettings& settings) {
  std::vector<LogFolder> folders;
  for (const char* app : {"dgmo", "opencode"}) {
    folders.push_back({home.home.data_home, std::string(app) + "/log", LogKind::kServer});
  }
  for (const RootModel& root : home.roots) {
    const bool guide = root.root.kind == RootKind::kGuide;
    folders.push_back({root.root.path, guide ? "logs" : "log", guide ? LogKind::kGuide : LogKind::kInterface});
  }
  // Anybody can make this one: only what the user wrote there is theirs.
  folders.push_back({settings.temporary_folder, "dgmo-debug", LogKind::kTasks, "task-debug.log", home.home.owner});
  return folders;
}

bool LogFolder::Wants(const std::string& name, uid_t owner_of_file) const {
  if (owner && owner_of_file != *owner) return false;
  return only_name.empty() ? name.ends_with(".log") : name == only_name;
}

absl::StatusOr<LogFile> LogFile::Open(const Directory& folder, const std::string& name) {
  // O_NONBLOCK: a FIFO of that name must not hang the agent.
  const int fd = openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return FromErrno(errno, "cannot open " + ToUtf8(name));
  struct stat st {};
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    return FailedPrecondition("cannot read " + ToUtf8(name) + ": it is not a regular file");
  }
  FileStat stat;
  stat.size = st.st_size;
  stat.mtime_ns = st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec;
  stat.device = st.st_dev;
  stat.inode = st.st_ino;
  stat.mode = st.st_mode;
  stat.uid = st.st_uid;
  stat.gid = st.st_gid;
  stat.links = st.st_nlink;
  return LogFile(fd, stat);
}

LogFile::LogFile(LogFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), stat_(other.stat_) {}

LogFile::~LogFile() {
  if (fd_ >= 0) close(fd_);
}

std::string_view LogFile::Read(std::int64_t offset, std::size_t size, std::string& buffer) const {
  if (buffer.size() < size) buffer.resize(size);
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = pread(fd_, buffer.data() + got, size - got, offset + static_cast<std::int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  return {buffer.data(), got};
}

namespace {

bool IsMissing(const absl::Status& status) {
  const int error = ErrnoOf(status);
  return error == ENOENT || error == ENOTDIR;
}

absl::StatusOr<Directory> OpenFolder(const LogFolder& folder) {
  ASSIGN_OR_RETURN(const Directory base, Directory::OpenRoot(folder.base));
  return base.Open(folder.relative);
}

}  // namespace

std::vector<std::string> ForEachLog(const std::vector<LogFolder>& folders,
                                    absl::FunctionRef<void(const std::string&, const LogFile&)> visit) {
  std::vector<std::string> unreadable;
  for (const LogFolder& folder : folders) {
    const absl::StatusOr<Directory> opened = OpenFolder(folder);
    std::set<std::string> names;
    const absl::Status listed = opened.ok() ? opened->List([&](const std::string& name, EntryType type) {
      if (type == EntryType::kFile) names.insert(name);
    })
                                            : opened.status();
    if (!listed.ok() && !IsMissing(listed)) unreadable.push_back(folder.path());
    for (const std::string& name : names) {
      const absl::StatusOr<FileStat> stat = opened->Stat(name);
      if (!stat.ok() || !folder.Wants(name, stat->uid)) continue;
      const std::string path = folder.path() + "/" + name;
      const absl::StatusOr<LogFile> file = LogFile::Open(*opened, name);
      if (file.ok()) visit(path, *file);
      if (!file.ok() && !IsMissing(file.status())) unreadable.push_back(path);
    }
  }
  return unreadable;
}

namespace {

constexpr std::size_t kNone = std::string_view::npos;

void Advance(LinePosition& position, std::int64_t& budget, std::size_t bytes, std::int64_t lines) {
  position.offset += static_cast<std::int64_t>(bytes);
  budget -= static_cast<std::int64_t>(bytes);
  if (position.line >= 0) position.line += lines;
}

}  // namespace

std::int64_t ReadLines(const LogFile& file, LinePosition& position, std::int64_t& budget,
                       absl::FunctionRef<void(std::string_view, bool)> visit) {
  std::int64_t skipped = 0;
  std::string buffer;
  while (budget > 0) {
    const std::string_view text = file.Read(position.offset, kLongestLine, buffer);
    if (text.empty()) break;
    if (position.skipping) {
      const std::size_t end = text.find('\n');
      position.skipping = end == kNone;
      Advance(position, budget, end == kNone ? text.size() : end + 1, end == kNone ? 0 : 1);
      continue;
    }
    const std::size_t last = text.rfind('\n');
    if (last != kNone) {
      const std::string_view lines = text.substr(0, last + 1);
      visit(lines, true);
      Advance(position, budget, lines.size(), std::count(lines.begin(), lines.end(), '\n'));
    } else if (text.size() < kLongestLine) {
      visit(text, false);
      break;
    } else {
      position.skipping = true;
      ++skipped;
      Advance(position, budget, text.size(), 0);
    }
  }
  return skipped;
}

}  // namespace fleet::agent
