#include "agent/probe/gather_backups.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <set>
#include <utility>

#include "agent/backup/root_key.h"
#include "agent/backup/verify.h"
#include "agent/probe/unsaved_changes.h"
#include "agent/store/directory.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// Programs other than ours write archives under their final names.
constexpr std::int64_t kBeingWrittenMs = 60'000;
// An archive without a manifest counts for a root when it has so many of the sessions that were there, in percent.
constexpr std::int64_t kEnough = 90;

using Verdict = std::shared_ptr<const BackupVerdict>;

bool IsBeingWritten(const FoundBackup& found) {
  return found.manifest.inode == 0 && !found.what.is_folder &&
         found.stat.mtime_ms() > std::time(nullptr) * std::int64_t{1000} - kBeingWrittenMs;
}

Verdict Verify(const FoundBackup& found, VerdictCache& cache) {
  const absl::StatusOr<Directory> folder = Directory::OpenRoot(found.folder);
  BackupVerdict verdict;
  if (folder.ok()) {
    verdict = VerifyBackup(*folder, found.name, found.what, VerifyLevel::kStandard);
  } else {
    verdict.Fail(BackupState::kUnverified, MessageOf(folder.status()));
  }
  // What could not be read may be readable next time.
  if (verdict.state == BackupState::kUnverified) return std::make_shared<const BackupVerdict>(std::move(verdict));
  return cache.Keep(found, std::move(verdict));
}

// The archive beside it of that name; npos when there is none.
std::size_t Beside(const std::vector<FoundBackup>& found, std::size_t i, const std::string& name) {
  for (std::size_t j = 0; j < found.size(); ++j) {
    if (found[j].folder == found[i].folder && found[j].name == name) return j;
  }
  return std::string::npos;
}

// The newest first; what the budget does not reach has no verdict.
std::vector<Verdict> VerifyAll(const std::vector<FoundBackup>& found, std::int64_t budget, VerdictCache& cache) {
  std::vector<Verdict> verdicts(found.size());
  std::set<std::pair<BackupKind, std::string>> kinds;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool newest = kinds.emplace(found[i].what.kind, found[i].what.collection).second;
    if (!verdicts[i]) verdicts[i] = cache.Find(found[i]);
    if (!newest || IsBeingWritten(found[i])) continue;
    const auto verify = [&](std::size_t which) {
      if (!verdicts[which]) verdicts[which] = cache.Find(found[which]);
      if (verdicts[which]) return;
      verdicts[which] = Verify(found[which], cache);
      budget -= found[which].stat.size;
    };
    verify(i);
    for (const auto& [name, sha256] : verdicts[i]->needs) {
      if (const std::size_t needed = Beside(found, i, name); needed != std::string::npos) verify(needed);
    }
  }
  for (std::size_t i = 0; i < found.size() && budget > 0; ++i) {
    if (verdicts[i] || IsBeingWritten(found[i])) continue;
    verdicts[i] = Verify(found[i], cache);
    budget -= found[i].stat.size;
  }
  return verdicts;
}

// Whether it has, by their ids, nearly all sessions that the root had then.
bool HoldsMost(const BackupVerdict& verdict, const RootModel& root, std::int64_t made_ms) {
  std::int64_t had = 0;
  std::int64_t kept = 0;
  for (const auto& [id, info] : root.sessions) {
    if (info.stat.mtime_ms() > made_ms) continue;
    ++had;
    kept += static_cast<std::int64_t>(verdict.session_ids.count(id));
  }
  return kept > 0 && kept * 100 >= had * kEnough;
}

// A backup is no better than the earlier archives that it is not whole without.
void JudgeByNeeds(const std::vector<FoundBackup>& found, const std::vector<Verdict>& verdicts, std::size_t i,
                  Backup& backup) {
  if (!backup.good()) return;
  for (const auto& [name, sha256] : verdicts[i]->needs) {
    const std::size_t needed = Beside(found, i, name);
    if (needed == std::string::npos) {
      backup.state = BackupState::kCorrupt;
      backup.problem = "an earlier archive that it needs is missing";
      return;
    }
    const Verdict& verdict = verdicts[needed];
    if (verdict == nullptr || verdict->state == BackupState::kUnverified) {
      backup.state = BackupState::kUnverified;
      backup.problem = "an earlier archive that it needs has not been verified yet";
    } else if (verdict->state != BackupState::kGood || verdict->sha256 != sha256) {
      backup.state = BackupState::kCorrupt;
      backup.problem = "an earlier archive that it needs is damaged or another one now";
      return;
    }
  }
}

Backup Describe(const FoundBackup& found, const BackupVerdict* verdict, const HomeModel& home) {
  Backup backup;
  backup.kind = found.what.kind;
  backup.path = found.folder + "/" + found.name;
  backup.has_manifest = found.manifest.inode != 0;
  backup.made_ms = found.made_ms();
  backup.size = found.stat.size;
  backup.collection = found.what.collection;
  if (verdict == nullptr) {
    backup.problem = IsBeingWritten(found) ? "it may still be being written" : "it has not been verified yet";
    return backup;
  }
  backup.state = verdict->state;
  // Without what it names: a member of an archive may have any name.
  if (!verdict->errors.empty()) backup.problem = verdict->errors.front().substr(0, verdict->errors.front().find(": "));
  if (verdict->made_ms > 0) backup.made_ms = std::min(verdict->made_ms, found.stat.mtime_ms());
  if (!backup.good()) return backup;
  backup.files = verdict->files;
  backup.points = verdict->points;
  if (!verdict->collection.empty()) backup.collection = verdict->collection;
  std::vector<Root> roots;
  for (const RootModel& root : home.roots) roots.push_back(root.root);
  const std::vector<std::string> keys = RootKeysOf(roots);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const bool by_key = verdict->has_manifest && verdict->root_keys.count(keys[i]) > 0;
    if (by_key || HoldsMost(*verdict, home.roots[i], backup.made_ms)) backup.roots.insert(roots[i].path);
  }
  return backup;
}

void AddRoots(const HomeModel& home, const std::map<std::string, Verdict>& verdicts, BackupFacts& facts) {
  for (const RootModel& root : home.roots) {
    RootBackup state{.root = root.root.path, .newest = {}, .unsaved_since_ms = {}, .session_ids = {}};
    for (std::size_t i = 0; i < facts.backups.size() && !state.newest; ++i) {
      if (facts.backups[i].roots.count(root.root.path) > 0) state.newest = i;
    }
    if (state.newest) {
      const Backup& newest = facts.backups[*state.newest];
      state.unsaved_since_ms = EarliestChangeAfter(root, newest.made_ms);
      const std::set<std::string>& ids = verdicts.at(newest.path)->session_ids;
      facts.session_ids.insert(ids.begin(), ids.end());
      state.session_ids = ids;
    } else if (!HoldsSessions(root)) {
      continue;  // nothing that could be lost
    }
    facts.roots.push_back(std::move(state));
  }
}

}  // namespace

BackupFacts GatherBackups(const CheckSettings& settings, VerdictCache& cache, HomeModel& home) {
  const BackupSearch search = SearchBackups(home, settings.backup_folders);
  const std::vector<Verdict> verdicts = VerifyAll(search.found, settings.backup_verify_bytes, cache);
  BackupFacts facts;
  facts.complete = search.unknown.empty();
  home.unknown.insert(home.unknown.end(), search.unknown.begin(), search.unknown.end());
  std::map<std::string, Verdict> by_path;
  for (std::size_t i = 0; i < search.found.size(); ++i) {
    facts.backups.push_back(Describe(search.found[i], verdicts[i].get(), home));
    JudgeByNeeds(search.found, verdicts, i, facts.backups.back());
    if (!facts.backups.back().good()) facts.backups.back().roots.clear();
    by_path[facts.backups.back().path] = verdicts[i];
    if (facts.backups.back().state == BackupState::kUnverified) home.unknown.push_back(facts.backups.back().path);
  }
  std::stable_sort(facts.backups.begin(), facts.backups.end(),
                   [](const Backup& a, const Backup& b) { return a.made_ms > b.made_ms; });
  AddRoots(home, by_path, facts);
  const bool bare =
      std::any_of(facts.roots.begin(), facts.roots.end(), [](const RootBackup& root) { return !root.newest; });
  // Whether there is none is not known as long as one is not verified.
  if (bare && facts.HasUnverified(BackupKind::kSessions)) home.unknown.push_back(home.home.path + "/backups/sessions");
  return facts;
}

}  // namespace fleet::agent
