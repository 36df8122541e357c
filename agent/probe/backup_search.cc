#include "agent/probe/backup_search.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "agent/store/directory.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostVerdicts = 4096;

class Search {
 public:
  explicit Search(BackupSearch& search) : search_(search) {}

  // A place below a folder that is trusted as given.
  void Below(const std::string& base, const std::string& relative) {
    const absl::StatusOr<Directory> directory = Directory::OpenRoot(base);
    if (!directory.ok()) return Unknown(directory.status(), base);
    const std::string path = relative == "." ? base : base + "/" + relative;
    const absl::StatusOr<Directory> place = directory->Open(relative);
    place.ok() ? List(*place, path) : Unknown(place.status(), path);
  }

 private:
  void Unknown(const absl::Status& status, const std::string& path) {
    // Nothing there is an answer.
    if (ErrnoOf(status) != ENOENT && ErrnoOf(status) != ENOTDIR) search_.unknown.push_back(path);
  }

  void List(const Directory& directory, const std::string& path) {
    const absl::Status listed = directory.List([&](const std::string& name, EntryType type) {
      if (type == EntryType::kFile || type == EntryType::kDirectory) Add(directory, path, name, type);
    });
    if (!listed.ok()) search_.unknown.push_back(path);
  }

  void Add(const Directory& directory, const std::string& path, const std::string& name, EntryType type) {
    std::optional<BackupName> what = ParseBackupName(name, type == EntryType::kDirectory);
    if (!what) return;
    FoundBackup found{.folder = path, .name = name, .what = *std::move(what), .stat = {}, .manifest = {}};
    const absl::StatusOr<FileStat> stat = directory.Stat(name);
    if (!stat.ok()) return;  // gone meanwhile
    found.stat = *stat;
    if (!seen_.emplace(stat->device, stat->inode).second) return;
    if (const std::string beside = ManifestNameOf(found.what, name); !beside.empty()) {
      if (const absl::StatusOr<FileStat> manifest = directory.Stat(beside); manifest.ok()) found.manifest = *manifest;
    }
    search_.found.push_back(std::move(found));
  }

  BackupSearch& search_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

std::string TextOf(const FileStat& stat) {
  return std::to_string(stat.device) + ":" + std::to_string(stat.inode) + ":" + std::to_string(stat.size) + ":" +
         std::to_string(stat.mtime_ns);
}

std::string KeyOf(const FoundBackup& backup) {
  return TextOf(backup.stat) + " " + TextOf(backup.manifest) + " " + backup.folder + "/" + backup.name;
}

}  // namespace

std::int64_t FoundBackup::made_ms() const {
  return what.made_ms ? std::min(*what.made_ms, stat.mtime_ms()) : stat.mtime_ms();
}

BackupSearch SearchBackups(const HomeModel& home, const std::vector<std::string>& more_folders) {
  BackupSearch result;
  Search search(result);
  for (const char* place : {"backups", "backups/sessions", "backups/qdrant"}) search.Below(home.home.path, place);
  for (const RootModel& root : home.roots) {
    if (root.root.kind != RootKind::kGuide) continue;
    search.Below(root.root.path, ".");  // the guide's copies beside sessions/
    search.Below(root.root.path, "storage/qdrant");
  }
  for (const std::string& folder : more_folders) search.Below(folder, ".");
  std::sort(result.found.begin(), result.found.end(), [](const FoundBackup& a, const FoundBackup& b) {
    return std::pair(b.made_ms(), a.name) < std::pair(a.made_ms(), b.name);
  });
  return result;
}

std::shared_ptr<const BackupVerdict> VerdictCache::Find(const FoundBackup& backup) const {
  const MutexLock lock(mutex_);
  const auto verdict = verdicts_.find(KeyOf(backup));
  return verdict == verdicts_.end() ? nullptr : verdict->second;
}

std::shared_ptr<const BackupVerdict> VerdictCache::Keep(const FoundBackup& backup, BackupVerdict verdict) {
  auto kept = std::make_shared<const BackupVerdict>(std::move(verdict));
  const MutexLock lock(mutex_);
  // Those of backups that are gone; what is still there is verified again, a little in each sweep.
  if (verdicts_.size() >= kMostVerdicts) verdicts_.clear();
  verdicts_[KeyOf(backup)] = kept;
  return kept;
}

}  // namespace fleet::agent
