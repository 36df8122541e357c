#include "agent/backup/expire.h"

#include <algorithm>

#include "agent/backup/backup_name.h"
#include "agent/backup/verify.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// By their names, oldest first.
absl::StatusOr<std::vector<std::string>> ArchivesIn(const ArchiveFolder& folder) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, folder.Names());
  std::erase_if(names,
                [&](const std::string& name) { return !name.starts_with("sessions_") || !name.ends_with(".tar.gz"); });
  return names;
}

// Without looking into any: whether the names alone say that nothing is due.
bool IsNothingDue(const std::vector<std::string>& names, std::int64_t now_ms, const RetentionLimits& limits) {
  if (names.size() > limits.most) return false;
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const std::optional<BackupName> parsed = ParseBackupName(name, false);
    return parsed && parsed->made_ms && now_ms - *parsed->made_ms <= limits.age_ms;
  });
}

// With everything it needs.
bool IsGood(const ArchiveFolder& folder, const std::string& name, const SessionManifest& manifest) {
  std::map<std::string, std::string> sums = manifest.needs;
  sums.emplace(name, manifest.archive_sha256);
  return std::all_of(sums.begin(), sums.end(), [&](const auto& sum) {
    const absl::StatusOr<std::string> found = FileSha256(folder.directory(), sum.first);
    return found.ok() && *found == sum.second;
  });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindExpired(const ArchiveFolder& folder, const LastRun& run,
                                                     std::int64_t now_ms, const RetentionLimits& limits) {
  std::vector<std::string> none;
  if (!run.complete || run.shrunken) return none;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ArchivesIn(folder));
  if (IsNothingDue(names, now_ms, limits)) return none;
  std::vector<KeptArchive> archives;
  std::size_t good = 0;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const absl::StatusOr<SessionManifest> manifest = ReadSessionManifest(folder.directory(), *name);
    if (!manifest.ok()) continue;
    KeptArchive archive{.name = *name, .made_ms = manifest->created_ms, .good = false, .needs = {}};
    for (const auto& [needed, sha256] : manifest->needs) archive.needs.insert(needed);
    // Only the newest good ones are kept for being good.
    archive.good = good < limits.fewest_good && IsGood(folder, *name, *manifest);
    if (archive.good) ++good;
    archives.push_back(std::move(archive));
  }
  if (good == 0) return none;  // never the last that may be of use
  return ArchivesToDelete(std::move(archives), run, now_ms, limits);
}

LastRun LastRunIn(const ArchiveFolder& folder) {
  const absl::StatusOr<std::vector<std::string>> names = ArchivesIn(folder);
  if (!names.ok() || names->empty()) return {};
  const absl::StatusOr<SessionManifest> newest = ReadSessionManifest(folder.directory(), names->back());
  if (!newest.ok()) return {};
  LastRun run{.complete = newest->unreadable.empty(), .shrunken = false};
  if (newest->previous.empty()) return run;
  const absl::StatusOr<SessionManifest> before = ReadSessionManifest(folder.directory(), newest->previous);
  run.shrunken = before.ok() && IsShrunken(before->files.size(), newest->files.size());
  return run;
}

absl::StatusOr<std::vector<std::string>> Expire(const ArchiveFolder& folder, const LastRun& run, std::int64_t now_ms,
                                                const RetentionLimits& limits) {
  ASSIGN_OR_RETURN(const std::vector<std::string> expired, FindExpired(folder, run, now_ms, limits));
  for (const std::string& name : expired) RETURN_IF_ERROR(folder.Remove(name));
  return expired;
}

}  // namespace fleet::agent
