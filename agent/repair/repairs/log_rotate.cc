#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "agent/probe/log_files.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/processes.h"
#include "agent/repair/repairs/services.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kRotateAt = std::int64_t{10} << 20;
constexpr int kKept = 5;
constexpr std::int64_t kReserve = std::int64_t{256} << 20;
constexpr int kCatchUps = 100;

// A log of the home, held open.
struct Log {
  Directory folder;
  std::string name;
  Descriptor file;
  struct stat stat {};
};

std::string Generation(const std::string& log, int number) {
  return log + "." + std::to_string(number) + (number > 1 ? ".gz" : "");
}

// Whoever writes the log at a place of its own, instead of at its end, would go on there after it was emptied: a
// process that may be seen, or nobody.
std::optional<ProcessInfo> WriterWithItsOwnPlace(const Descriptor& log) {
  const std::string own = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(log.get());
  const std::string path = ReadLink(own);
  for (const int pid : AllProcesses()) {
    const std::string process = "/proc/" + std::to_string(pid);
    std::error_code error;
    std::filesystem::directory_iterator fd(process + "/fd", error);
    for (; !error && fd != std::filesystem::directory_iterator(); fd.increment(error)) {
      if (fd->path() == own || ReadLink(fd->path()) != path) continue;
      const std::string info = ReadProcFile(process + "/fdinfo/" + fd->path().filename().string()).value_or("");
      const std::size_t at = info.find("flags:");
      if (at == std::string::npos) continue;
      const unsigned long flags = std::strtoul(info.c_str() + at + 6, nullptr, 8);
      if ((flags & O_ACCMODE) != O_RDONLY && (flags & O_APPEND) == 0) return LookAtProcess(pid);
    }
  }
  return std::nullopt;
}

std::optional<Refusal> WhyNot(const Log& log, const std::string& path, const HomeModel& home) {
  if (log.stat.st_size <= kRotateAt) return Refusal{"small_enough", ToUtf8(path) + " has been emptied meanwhile"};
  if (log.stat.st_uid != home.home.owner) return Refusal{"foreign_owner", ToUtf8(path) + " is another user's"};
  if (log.stat.st_nlink > 1)
    return Refusal{"hard_linked", ToUtf8(path) + " has a second name, which would change, too"};
  struct statvfs space {};
  if (fstatvfs(log.folder.fd(), &space) != 0) return Refusal{"no_space", "it cannot be seen how much room there is"};
  const auto free = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize);
  if (free < static_cast<double>(log.stat.st_size + kReserve)) {
    return Refusal{"no_space", "there is no room for a copy of " + ToUtf8(path) + "; make some first (R-DISK)"};
  }
  if (const auto writer = WriterWithItsOwnPlace(log.file)) {
    return Refusal{"being_written", ToUtf8(writer->name) + " (process " + std::to_string(writer->pid) +
                                        ") writes it and would go on where it was; end it first"};
  }
  return std::nullopt;
}

std::variant<Log, Refusal> Look(const ServiceContext& context, const Finding& finding) {
  const HomeModel& home = *context.homes.front();
  for (const LogFolder& folder : LogFoldersOf(home, context.settings)) {
    const std::string prefix = folder.path() + "/";
    if (!finding.path.starts_with(prefix)) continue;
    const std::string name = finding.path.substr(prefix.size());
    if (name.find('/') != std::string::npos || !folder.Wants(name, home.home.owner)) continue;
    const absl::StatusOr<Directory> base = Directory::OpenRoot(folder.base);
    if (!base.ok()) return Refusal{"cannot_open", MessageOf(base.status())};
    absl::StatusOr<Directory> opened = base->Open(folder.relative);
    if (!opened.ok()) return Refusal{"cannot_open", MessageOf(opened.status())};
    Descriptor file(openat(opened->fd(), name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file.valid()) {
      return Refusal{"cannot_open", MessageOf(FromErrno(errno, "cannot open " + ToUtf8(finding.path)))};
    }
    Log log{*std::move(opened), name, std::move(file)};
    if (fstat(log.file.get(), &log.stat) != 0 || !S_ISREG(log.stat.st_mode)) {
      return Refusal{"not_a_file", ToUtf8(finding.path) + " is no regular file"};
    }
    if (auto refusal = WhyNot(log, finding.path, home)) return *std::move(refusal);
    return log;
  }
  return Refusal{"not_a_log", ToUtf8(finding.path) + " lies in no folder of logs of this home"};
}

ServiceAnswer PlanLogRotate(const ServiceContext& context, const Finding& finding) {
  std::variant<Log, Refusal> looked = Look(context, finding);
  if (auto* refusal = std::get_if<Refusal>(&looked)) return std::move(*refusal);
  const Log& log = std::get<Log>(looked);
  const std::string name = ToUtf8(log.name);
  return ServicePlan{
      {"keep " + std::to_string(kKept) + " older copies of " + name + ": remove the oldest, " + "compress what is " +
           Generation(name, 1) + " now",
       "copy " + name + " (" + std::to_string(log.stat.st_size >> 20) + " MiB) to " + Generation(name, 1),
       "empty " + name + ", which its writer keeps open"},
      "a line written between the last byte copied and the emptying is lost; no other is"};
}

// A file in the folder that becomes whole under its name or not at all.
class Staged {
 public:
  static absl::StatusOr<Staged> Create(const Log& log, const std::string& name) {
    const std::string staged = name + ".dgmo-agent-new";
    unlinkat(log.folder.fd(), staged.c_str(), 0);  // of a run that was interrupted
    Descriptor file(openat(log.folder.fd(), staged.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(staged));
    if (fchmod(file.get(), log.stat.st_mode & 07777) != 0 ||
        (geteuid() == 0 && fchown(file.get(), log.stat.st_uid, log.stat.st_gid) != 0)) {
      return FromErrno(errno, "cannot set the rights of " + ToUtf8(staged));
    }
    return Staged(log.folder, std::move(file), staged, name);
  }
  Staged(Staged&& other) = default;
  ~Staged() {
    if (file_.valid() && !kept_) unlinkat(folder_.fd(), staged_.c_str(), 0);
  }

  int fd() const { return file_.get(); }
  absl::Status Keep() {
    if (fsync(file_.get()) != 0) return FromErrno(errno, "cannot sync " + ToUtf8(staged_));
    if (renameat(folder_.fd(), staged_.c_str(), folder_.fd(), name_.c_str()) != 0) {
      return FromErrno(errno, "cannot put " + ToUtf8(name_) + " in place");
    }
    kept_ = true;
    return fsync(folder_.fd()) == 0 ? absl::OkStatus() : FromErrno(errno, "cannot sync the folder of logs");
  }

 private:
  Staged(const Directory& folder, Descriptor file, std::string staged, std::string name)
      : folder_(folder), file_(std::move(file)), staged_(std::move(staged)), name_(std::move(name)) {}
  const Directory& folder_;
  Descriptor file_;
  std::string staged_;
  std::string name_;
  bool kept_ = false;
};

absl::Status WriteCompressed(int from, int to) {
  const int own = fcntl(to, F_DUPFD_CLOEXEC, 0);
  gzFile out = own < 0 ? nullptr : gzdopen(own, "wb6");
  if (out == nullptr) {
    if (own >= 0) close(own);
    return ResourceExhausted("cannot compress: no memory");
  }
  std::vector<char> buffer(1 << 16);
  absl::Status status;
  for (;;) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) status = FromErrno(errno, "cannot read");
    if (n <= 0) break;
    if (gzwrite(out, buffer.data(), static_cast<unsigned>(n)) == n) continue;
    status = FromErrno(errno == 0 ? EIO : errno, "cannot write compressed");
    break;
  }
  const int closed = gzclose(out);
  return status.ok() && closed != Z_OK ? FromErrno(errno == 0 ? EIO : errno, "cannot write compressed") : status;
}

// What is log.1 becomes log.2.gz.
absl::Status Compress(const Log& log) {
  const std::string plain = Generation(log.name, 1);
  const Descriptor from(openat(log.folder.fd(), plain.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!from.valid()) return errno == ENOENT ? absl::OkStatus() : FromErrno(errno, "cannot open " + ToUtf8(plain));
  ASSIGN_OR_RETURN(Staged packed, Staged::Create(log, Generation(log.name, 2)));
  RETURN_IF_ERROR(WriteCompressed(from.get(), packed.fd()));
  RETURN_IF_ERROR(packed.Keep());
  if (unlinkat(log.folder.fd(), plain.c_str(), 0) != 0) return FromErrno(errno, "cannot remove " + ToUtf8(plain));
  return absl::OkStatus();
}

// Frees log.1. Interrupted anywhere it leaves every copy but the oldest under one of the names.
absl::Status ShiftGenerations(const Log& log) {
  struct stat first {};
  // Without a log.1 there is room already: an earlier run came this far.
  if (fstatat(log.folder.fd(), Generation(log.name, 1).c_str(), &first, AT_SYMLINK_NOFOLLOW) != 0)
    return absl::OkStatus();
  for (int number = kKept - 1; number >= 2; --number) {
    const std::string from = Generation(log.name, number);
    if (renameat(log.folder.fd(), from.c_str(), log.folder.fd(), Generation(log.name, number + 1).c_str()) != 0 &&
        errno != ENOENT) {
      return FromErrno(errno, "cannot rename " + ToUtf8(from));
    }
  }
  return Compress(log);
}

// To the end, and what came meanwhile.
absl::Status CopyAll(const Log& log, int to) {
  if (lseek(log.file.get(), 0, SEEK_SET) != 0) return FromErrno(errno, "cannot read " + ToUtf8(log.name));
  for (int round = 0; round < kCatchUps; ++round) {
    const off_t before = lseek(log.file.get(), 0, SEEK_CUR);
    RETURN_IF_ERROR(HashAndCopy(log.file.get(), to).status());
    if (lseek(log.file.get(), 0, SEEK_CUR) == before) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Rotate(const Log& log) {
  RETURN_IF_ERROR(ShiftGenerations(log));
  ASSIGN_OR_RETURN(Staged copy, Staged::Create(log, Generation(log.name, 1)));
  RETURN_IF_ERROR(CopyAll(log, copy.fd()));
  RETURN_IF_ERROR(copy.Keep());
  // Making that durable took a while; a crash between these leaves lines twice, never none.
  const Descriptor kept(
      openat(log.folder.fd(), Generation(log.name, 1).c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  if (!kept.valid()) return FromErrno(errno, "cannot open the copy of " + ToUtf8(log.name));
  RETURN_IF_ERROR(HashAndCopy(log.file.get(), kept.get()).status());
  if (ftruncate(log.file.get(), 0) != 0) return FromErrno(errno, "cannot empty " + ToUtf8(log.name));
  if (fsync(kept.get()) != 0 || fsync(log.file.get()) != 0) return FromErrno(errno, "cannot sync " + ToUtf8(log.name));
  return absl::OkStatus();
}

ServiceOutcome ApplyLogRotate(const ServiceContext& context, const Finding& finding) {
  std::variant<Log, Refusal> looked = Look(context, finding);
  if (auto* refusal = std::get_if<Refusal>(&looked)) {
    return {Outcome::kRefused, std::move(refusal->reason), std::move(refusal->text)};
  }
  const Log& log = std::get<Log>(looked);
  if (const absl::Status rotated = Rotate(log); !rotated.ok()) {
    return {Outcome::kFailed, absl::IsResourceExhausted(rotated) ? "no_space" : "cannot_write", MessageOf(rotated)};
  }
  const absl::StatusOr<FileStat> now = log.folder.Stat(log.name);
  const absl::StatusOr<FileStat> copy = log.folder.Stat(Generation(log.name, 1));
  if (!now.ok() || now->size > kRotateAt || !copy.ok() || copy->size < log.stat.st_size) {
    return {Outcome::kFailed, "not_cured", ToUtf8(finding.path) + " is large again: see what writes that much into it"};
  }
  return {Outcome::kApplied, "",
          std::to_string(copy->size >> 20) + " MiB are in " + ToUtf8(Generation(log.name, 1)) +
              "; lines written while it was being emptied may be missing"};
}

}  // namespace

const ServiceRepair kLogRotate = {.id = "R-LOGROTATE", .plan = PlanLogRotate, .apply = ApplyLogRotate};

}  // namespace fleet::agent
