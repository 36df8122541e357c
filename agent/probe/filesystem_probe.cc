#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <map>

#include "agent/probe/bounded_call.h"
#include "agent/probe/probes.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/proc_text.h"

namespace fleet::agent {

namespace {

constexpr std::chrono::milliseconds kLimit{5'000};
constexpr std::size_t kMostMountBytes = 4 * 1024 * 1024;

enum class Holds { kData, kBackups, kOther };
struct Kept {
  std::string path;
  Holds what = Holds::kOther;
};

// What the file system under a path says of itself.
struct Answer {
  int error = 0;
  struct statvfs space = {};
  std::uint64_t mount_id = 0;
  std::string device;  // "major:minor"
};

Answer Ask(const std::string& path) {
  Answer answer;
  struct statx entry = {};
  if (statvfs(path.c_str(), &answer.space) != 0 ||
      statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_MNT_ID, &entry) != 0) {
    answer.error = errno;
    return answer;
  }
  if ((entry.stx_mask & STATX_MNT_ID) != 0) answer.mount_id = entry.stx_mnt_id;
  answer.device = std::to_string(entry.stx_dev_major) + ":" + std::to_string(entry.stx_dev_minor);
  return answer;
}

bool Exists(const std::string& path) {
  struct stat st;
  return lstat(path.c_str(), &st) == 0;
}

std::vector<Kept> KeptOf(std::span<const HomeModel> homes) {
  std::vector<Kept> kept;
  for (const HomeModel& home : homes) {
    for (const RootModel& root : home.roots) kept.push_back({root.root.path, Holds::kData});
    if (home.home.path.empty()) continue;
    if (home.roots.empty()) kept.push_back({home.home.path, Holds::kData});  // where it would be
    for (const std::string app : {"/dgmo", "/opencode"}) kept.push_back({home.home.config_home + app, Holds::kOther});
    kept.push_back({home.home.path + "/backups", Holds::kBackups});
  }
  const char* temporary = std::getenv("TMPDIR");
  kept.push_back({temporary != nullptr && *temporary == '/' ? temporary : "/tmp", Holds::kOther});
  std::erase_if(kept, [](const Kept& one) { return !Exists(one.path); });
  return kept;
}

std::map<std::uint64_t, Mount> ReadMounts() {
  std::map<std::uint64_t, Mount> mounts;
  const std::string text = ReadProcFile("/proc/self/mountinfo", kMostMountBytes).value_or("");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (std::optional<Mount> mount = ParseMountLine(std::string_view(text).substr(at, end - at))) {
      mounts[mount->id] = *std::move(mount);
    }
    at = end + 1;
  }
  return mounts;
}

// What is more than a number holds is as much as it holds.
std::int64_t Product(std::uint64_t count, std::uint64_t size) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(count, size, &product) ? std::numeric_limits<std::int64_t>::max() : product;
}

Filesystem Describe(const std::string& path, const Answer& answer, const Mount* mount) {
  const struct statvfs& space = answer.space;
  Filesystem filesystem;
  filesystem.mount_point = mount == nullptr ? path : mount->mount_point;
  filesystem.type = mount == nullptr ? "" : mount->type;
  filesystem.read_only = (space.f_flag & ST_RDONLY) != 0;
  if (mount != nullptr) {
    // ext4 no longer marks the mount when it stops writing after an error.
    const bool refuses = HasOption(mount->file_system_options, "ro") ||
                         HasOption(mount->file_system_options, "emergency_ro") ||
                         HasOption(mount->file_system_options, "shutdown");
    filesystem.read_only_by_error = refuses && HasOption(mount->options, "rw");
    filesystem.read_only = filesystem.read_only || refuses;
  }
  filesystem.total_bytes = Product(space.f_blocks, space.f_frsize);
  filesystem.free_bytes = Product(space.f_bavail, space.f_frsize);
  const double used = static_cast<double>(space.f_blocks) - static_cast<double>(space.f_bfree);
  const double usable = used + static_cast<double>(space.f_bavail);
  filesystem.used_percent = usable > 0 ? 100 * used / usable : 0;
  filesystem.total_inodes = Product(space.f_files, 1);
  filesystem.free_inodes = Product(space.f_favail, 1);
  return filesystem;
}

// Mounts of one device share its space; volumes of btrfs have devices of their own, but one source.
std::string IdentityOf(const Answer& answer, const Mount* mount, bool read_only) {
  const bool on_device = mount != nullptr && mount->source.rfind("/dev/", 0) == 0;
  return (on_device ? mount->source : answer.device) + (read_only ? " ro" : "");
}

}  // namespace

void ProbeFilesystems(const CheckSettings&, std::span<const HomeModel> homes, MachineModel& machine) {
  static BoundedCalls& calls = *new BoundedCalls();  // lives as long as a call that hangs
  const std::map<std::uint64_t, Mount> mounts = ReadMounts();
  std::map<std::string, Filesystem> found;
  for (const Kept& kept : KeptOf(homes)) {
    const auto answer = calls.Run<Answer>(kLimit, [path = kept.path] { return Ask(path); });
    if (!answer || answer->error != 0) {
      machine.unknown.push_back(kept.path);
      continue;
    }
    const auto mount = mounts.find(answer->mount_id);
    const Mount* const known = mount == mounts.end() ? nullptr : &mount->second;
    Filesystem described = Describe(kept.path, *answer, known);
    Filesystem& filesystem =
        found.try_emplace(IdentityOf(*answer, known, described.read_only), described).first->second;
    filesystem.holds_data = filesystem.holds_data || kept.what == Holds::kData;
    filesystem.holds_backups = filesystem.holds_backups || kept.what == Holds::kBackups;
    filesystem.paths.push_back(kept.path);
  }
  FilesystemFacts facts;
  for (auto& [identity, filesystem] : found) facts.filesystems.push_back(std::move(filesystem));
  machine.filesystems = std::move(facts);
}

}  // namespace fleet::agent
