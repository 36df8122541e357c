#include "agent/backup/sessions/home_backup.h"

#include <map>

#include "agent/probe/environment.h"
#include "agent/store/find_roots.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

absl::StatusOr<ArchiveFolder> FolderFor(const Home& home, const std::string& folder, bool plan) {
  if (plan) return ArchiveFolder::Nearest(folder.empty() ? home.path + "/backups/sessions" : folder);
  return folder.empty() ? ArchiveFolder::OfHome(home) : ArchiveFolder::Named(folder);
}

}  // namespace

absl::StatusOr<BackupRun> BackUpTarget(const Target& target, const std::string& folder, const BackupOptions& options,
                                       const Clock& clock, absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  if (target.home.path.empty() && folder.empty()) {
    return InvalidArgument("data roots named with --root belong to no home; name the folder for the backup with --to");
  }
  std::vector<Root> roots = target.explicit_roots;
  std::map<std::string, Unreadable> unreadable;
  if (roots.empty()) roots = FindRoots(WithEnvironmentOfProcesses(target.home), unreadable);
  const std::vector<BackupSource> sources = SourcesOf(target.home, roots);
  if (sources.empty()) {
    return NotFound("there is nothing to back up in " + ToUtf8(target.home.path) +
                    ": no data root and no configuration; name a home with --home or a data root with --root");
  }
  ASSIGN_OR_RETURN(ArchiveFolder opened, FolderFor(target.home, folder, options.plan));
  ASSIGN_OR_RETURN(BackupRun run, TakeBackup(sources, opened, options, target.home, ToMillis(clock.Now()), pause));
  for (const auto& [path, why] : unreadable) run.manifest.unreadable.push_back(path);
  return run;
}

}  // namespace fleet::agent
