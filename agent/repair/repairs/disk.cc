#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "agent/backup/archive_folder.h"
#include "agent/backup/expire.h"
#include "agent/checks/check.h"
#include "agent/probe/log_files.h"
#include "agent/repair/expired_state.h"
#include "agent/repair/repairs/services.h"
#include "agent/store/directory.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kIdleMs = std::int64_t{90} * 24 * 3'600'000;
constexpr int kDeepest = 16;

// A file that can be had again or that nobody needs: below a folder that is opened without following links.
struct Spare {
  std::string base;
  std::string relative;
  std::int64_t bytes = 0;
};

// Takes regular files only, with something in them, of the home's user and without a second name.
class SpareFiles {
 public:
  SpareFiles(const HomeModel& home, const std::set<dev_t>& devices) : home_(home), devices_(devices) {}

  void AddFile(const std::string& base, const Directory& folder, const std::string& relative) {
    const absl::StatusOr<FileStat> stat = folder.Stat(relative);
    if (!stat.ok() || !S_ISREG(stat->mode) || stat->size == 0 || stat->links != 1) return;
    if (stat->uid != home_.home.owner || !devices_.contains(stat->device)) return;
    files.push_back({base, relative, stat->size});
  }
  void AddTree(const std::string& base, const Directory& folder, const std::string& relative, int depth = 0) {
    const absl::StatusOr<Directory> inner = folder.Open(relative);
    if (!inner.ok() || depth == kDeepest) return;
    static_cast<void>(inner->List([&](const std::string& name, EntryType type) {
      const std::string path = std::string(relative).append("/").append(name);
      if (type == EntryType::kFile) AddFile(base, folder, path);
      if (type == EntryType::kDirectory) AddTree(base, folder, path, depth + 1);
    }));
  }

  std::vector<Spare> files;

 private:
  const HomeModel& home_;
  const std::set<dev_t>& devices_;
};

// What dgmo fetches or unpacks again by itself.
void AddCaches(const HomeModel& home, SpareFiles& spare) {
  const char* own_home = std::getenv("HOME");
  const char* cache_home = std::getenv("XDG_CACHE_HOME");
  const bool named = own_home != nullptr && home.home.path == own_home && cache_home != nullptr && *cache_home == '/';
  const std::string base = named ? cache_home : home.home.path;
  const absl::StatusOr<Directory> folder = Directory::OpenRoot(base);
  if (!folder.ok()) return;
  for (const char* app : {"dgmo", "opencode"}) {
    const std::string cache = (named ? "" : ".cache/") + std::string(app);
    spare.AddFile(base, *folder, cache + "/models.json");
    spare.AddTree(base, *folder, cache + "/tui");
  }
}

// "system.log.3", "system.log.3.gz"
bool IsRotated(std::string name) {
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const std::size_t log = name.rfind(".log.");
  if (log == std::string::npos || log + 5 == name.size()) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(log) + 5, name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

void AddRotatedLogs(const HomeModel& home, const CheckSettings& settings, SpareFiles& spare) {
  for (const LogFolder& logs : LogFoldersOf(home, settings)) {
    const absl::StatusOr<Directory> base = Directory::OpenRoot(logs.base);
    const absl::StatusOr<Directory> folder = base.ok() ? base->Open(logs.relative) : base.status();
    if (!folder.ok()) continue;
    static_cast<void>(folder->List([&](const std::string& name, EntryType type) {
      if (type == EntryType::kFile && IsRotated(name)) spare.AddFile(logs.base, *base, logs.relative + "/" + name);
    }));
  }
}

std::int64_t Remove(const Spare& spare) {
  const std::size_t slash = spare.relative.rfind('/');
  const absl::StatusOr<Directory> base = Directory::OpenRoot(spare.base);
  const absl::StatusOr<Directory> folder =
      base.ok() ? base->Open(slash == std::string::npos ? "." : spare.relative.substr(0, slash)) : base.status();
  if (!folder.ok()) return 0;
  const std::string name = spare.relative.substr(slash + 1);
  return unlinkat(folder->fd(), name.c_str(), 0) == 0 ? spare.bytes : 0;
}

std::set<dev_t> DevicesOf(const Finding& finding) {
  std::set<dev_t> devices;
  for (const std::string& path : finding.paths) {
    struct stat found {};
    if (stat(path.c_str(), &found) == 0) devices.insert(found.st_dev);
  }
  return devices;
}

// Archives of sessions that the retention no longer keeps, of one home. It stays locked as long as they are looked at.
struct SpareArchives {
  ArchiveFolder folder;
  std::vector<Spare> archives;  // in the order in which they may go
};

std::optional<SpareArchives> FindSpareArchives(const Home& home, const std::set<dev_t>& devices, std::int64_t now_ms) {
  const absl::StatusOr<Directory> top = Directory::OpenRoot(home.path);
  const absl::StatusOr<FileStat> there = top.ok() ? top->Stat("backups/sessions") : top.status();
  if (!there.ok() || !S_ISDIR(there->mode) || !devices.contains(there->device)) return std::nullopt;
  absl::StatusOr<ArchiveFolder> folder = ArchiveFolder::OfHome(home);
  if (!folder.ok() || !folder->Lock().ok()) return std::nullopt;
  const absl::StatusOr<std::vector<std::string>> expired = FindExpired(*folder, LastRunIn(*folder), now_ms);
  if (!expired.ok() || expired->empty()) return std::nullopt;
  SpareArchives spare{*std::move(folder), {}};
  for (const std::string& name : *expired) {
    const absl::StatusOr<FileStat> stat = spare.folder.directory().Stat(name);
    spare.archives.push_back({spare.folder.path(), name, stat.ok() ? stat->size : 0});
  }
  return spare;
}

// Stops where one cannot be removed: those behind it may be needed by it.
std::int64_t Remove(const SpareArchives& spare) {
  std::int64_t gained = 0;
  for (const Spare& archive : spare.archives) {
    if (!spare.folder.Remove(archive.relative).ok()) break;
    gained += archive.bytes;
  }
  return gained;
}

// One kind of thing to be removed; the mildest come first.
struct Stage {
  std::string what = {};
  std::vector<Spare> files = {};
  std::vector<ExpiredState> expired = {};
  std::vector<SpareArchives> backups = {};

  std::int64_t Bytes() const {
    std::int64_t bytes = 0;
    for (const SpareArchives& home : backups) {
      for (const Spare& archive : home.archives) bytes += archive.bytes;
    }
    for (const Spare& file : files) bytes += file.bytes;
    for (const ExpiredState& one : expired) bytes += one.bytes;
    return bytes;
  }
  std::size_t Count() const {
    std::size_t count = files.size() + expired.size();
    for (const SpareArchives& home : backups) count += home.archives.size();
    return count;
  }
};

std::vector<Stage> Look(const ServiceContext& context, const Finding& finding) {
  const std::set<dev_t> devices = DevicesOf(finding);
  std::vector<Stage> stages;
  for (const char* what : {"caches that dgmo fills again by itself", "copies of logs that were rotated",
                           "what repairs older than 90 days kept: their quarantine, backups and records",
                           "archives of sessions that are no longer kept, and never the newest good ones"}) {
    stages.emplace_back().what = what;
  }
  for (const HomeModel* home : context.homes) {
    SpareFiles caches(*home, devices);
    AddCaches(*home, caches);
    std::move(caches.files.begin(), caches.files.end(), std::back_inserter(stages[0].files));
    SpareFiles logs(*home, devices);
    AddRotatedLogs(*home, context.settings, logs);
    std::move(logs.files.begin(), logs.files.end(), std::back_inserter(stages[1].files));
  }
  for (const HomeModel* home : context.homes) {
    if (home->home.path.empty()) continue;
    auto spare = FindSpareArchives(home->home, devices, ToMillis(context.clock.Now()));
    if (spare) stages[3].backups.push_back(*std::move(spare));
  }
  struct stat state {};
  if (stat(context.state.c_str(), &state) == 0 && devices.contains(state.st_dev)) {
    stages[2].expired = FindExpiredState(context.state, ToMillis(context.clock.Now()));
  }
  std::erase_if(stages, [](const Stage& stage) { return stage.Count() == 0; });
  return stages;
}

std::string SizeText(std::int64_t bytes) {
  return bytes < (1 << 20) ? std::to_string(bytes >> 10) + " KiB" : std::to_string(bytes >> 20) + " MiB";
}

// What only a person may decide on.
std::string Proposal(const ServiceContext& context) {
  const std::int64_t limit = ToMillis(context.clock.Now()) - kIdleMs;
  std::int64_t bytes = 0;
  std::int64_t sessions = 0;
  for (const HomeModel* home : context.homes) {
    for (const RootModel& root : home->roots) {
      for (const auto& [id, conversation] : root.conversations) {
        if (std::max(conversation.newest_ms, conversation.last_mtime_ms) >= limit) continue;
        bytes += conversation.bytes;
        ++sessions;
      }
    }
  }
  const std::string backups = "backups that are still kept are not touched";
  if (sessions == 0) return backups;
  return std::to_string(sessions) + " sessions idle for more than 90 days hold " + SizeText(bytes) +
         ": see `dgmo-agent archive`; " + backups;
}

ServiceAnswer PlanDisk(const ServiceContext& context, const Finding& finding) {
  const std::vector<Stage> stages = Look(context, finding);
  if (stages.empty()) {
    return Refusal{"nothing_to_remove", "there is nothing on it that may be removed unasked; " + Proposal(context)};
  }
  ServicePlan plan;
  for (const Stage& stage : stages) {
    plan.steps.push_back("remove " + std::to_string(stage.Count()) + " of " + stage.what + " (" +
                         SizeText(stage.Bytes()) + ")");
  }
  plan.note = "in this order, and no more than it takes; it cannot be taken back; " + Proposal(context);
  return plan;
}

// Whether the rule that found it would find it again.
bool IsThere(const ServiceContext& context, const Finding& finding) {
  MachineModel machine;
  machine.filesystems.emplace();
  if (!context.machine.filesystems) return true;
  for (Filesystem filesystem : context.machine.filesystems->filesystems) {
    struct statvfs space {};
    if (filesystem.mount_point != finding.path || statvfs(filesystem.paths.front().c_str(), &space) != 0) continue;
    const auto block = static_cast<std::int64_t>(space.f_frsize);
    filesystem.free_bytes = static_cast<std::int64_t>(space.f_bavail) * block;
    const double used = static_cast<double>(space.f_blocks) - static_cast<double>(space.f_bfree);
    const double usable = used + static_cast<double>(space.f_bavail);
    filesystem.used_percent = usable > 0 ? 100 * used / usable : 0;
    filesystem.free_inodes = static_cast<std::int64_t>(space.f_favail);
    machine.filesystems->filesystems.push_back(std::move(filesystem));
  }
  const std::vector<Finding> findings = CheckMachine(machine, ToMillis(context.clock.Now()), context.settings);
  return machine.filesystems->filesystems.empty() ||
         std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& found) { return found.fingerprint == finding.fingerprint; });
}

ServiceOutcome ApplyDisk(const ServiceContext& context, const Finding& finding) {
  const std::vector<Stage> stages = Look(context, finding);
  if (stages.empty()) return {Outcome::kRefused, "nothing_to_remove", "there is nothing left that may be removed"};
  std::string text;
  for (const Stage& stage : stages) {
    std::int64_t gained = 0;
    for (const Spare& file : stage.files) gained += Remove(file);
    for (const SpareArchives& home : stage.backups) gained += Remove(home);
    for (const ExpiredState& one : stage.expired) gained += RemoveExpiredState(one) ? one.bytes : 0;
    text += (text.empty() ? "" : ", ") + SizeText(gained) + " from " + stage.what;
    if (!IsThere(context, finding)) return {Outcome::kApplied, "", "gained " + text};
  }
  return {Outcome::kFailed, "not_enough", "gained " + text + ", which is not enough; " + Proposal(context)};
}

}  // namespace

const ServiceRepair kDisk = {
    .id = "R-DISK", .needs_consent = true, .frees_space = true, .plan = PlanDisk, .apply = ApplyDisk};

}  // namespace fleet::agent
