#include <algorithm>

#include "agent/checks/collection_backup.h"
#include "agent/checks/rules.h"
#include "common/time_text.h"

namespace fleet::agent {

// Rules about the backups of a home. What was not verified yet counts for nothing and against nothing: as long as there
// is such a backup, none is said to be missing.

namespace {

constexpr std::int64_t kMuchTooLate = 10;  // times the objective

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Finding Draft(const HomeView& home, std::string_view code, const std::string& subject, std::vector<std::string> paths,
              std::string_view identity) {
  return DraftFinding(code, "", home.model.home.path, subject, std::move(paths), identity);
}

// The folder where new ones are to appear; what is found elsewhere counts as well.
std::string UsualFolder(const HomeView& home, BackupKind kind) {
  return home.model.home.path + (kind == BackupKind::kQdrant ? "/backups/qdrant" : "/backups/sessions");
}

std::int64_t CountBad(const BackupFacts& facts, BackupKind kind) {
  return std::count_if(facts.backups.begin(), facts.backups.end(),
                       [kind](const Backup& backup) { return backup.kind == kind && backup.bad(); });
}

void AddNone(const HomeView& home, BackupKind kind, const std::string& subject, const std::string& path,
             std::vector<Finding>& findings) {
  const BackupFacts& facts = *home.model.backups;
  if (!facts.complete || facts.HasUnverified(kind)) return;
  Finding finding = Draft(home, "BACKUP_NONE", subject, {path, UsualFolder(home, kind)}, path);
  finding.evidence["unusable"] = CountBad(facts, kind);
  findings.push_back(std::move(finding));
}

struct Unsaved {
  const Backup& newest;
  std::string subject;
  std::string path;  // of what is not saved
  std::int64_t since_ms;
  std::int64_t objective_ms;
};

void AddStale(const HomeView& home, const Unsaved& unsaved, std::vector<Finding>& findings) {
  const std::int64_t unsaved_ms = home.now_ms - unsaved.since_ms;
  if (unsaved_ms <= unsaved.objective_ms) return;
  Finding finding = Draft(home, "BACKUP_STALE", unsaved.subject, {unsaved.path, unsaved.newest.path}, unsaved.path);
  if (unsaved_ms > kMuchTooLate * unsaved.objective_ms) finding.severity = Severity::kP2;
  finding.evidence["newest_backup"] = TimeText(unsaved.newest.made_ms);
  finding.evidence["unsaved_since"] = TimeText(unsaved.since_ms);
  finding.evidence["objective_ms"] = unsaved.objective_ms;
  findings.push_back(std::move(finding));
}

// A newer one that is not verified yet may hold all that seems unsaved.
bool HasUnverifiedAfter(const BackupFacts& facts, BackupKind kind, std::int64_t ms) {
  return std::any_of(facts.backups.begin(), facts.backups.end(), [&](const Backup& backup) {
    return backup.kind == kind && backup.state == BackupState::kUnverified && backup.made_ms > ms;
  });
}

void CheckRoots(const HomeView& home, std::vector<Finding>& findings) {
  const BackupFacts& facts = *home.model.backups;
  for (const RootBackup& root : facts.roots) {
    if (!root.newest) {
      AddNone(home, BackupKind::kSessions, NameOf(root.root), root.root, findings);
    } else if (root.unsaved_since_ms) {
      if (HasUnverifiedAfter(facts, BackupKind::kSessions, *root.unsaved_since_ms)) continue;
      AddStale(home,
               {facts.backups[*root.newest], NameOf(root.root), root.root, *root.unsaved_since_ms,
                home.settings.sessions_rpo_ms},
               findings);
    }
  }
}

void CheckBad(const HomeView& home, std::vector<Finding>& findings) {
  const BackupFacts& facts = *home.model.backups;
  for (const Backup& backup : facts.backups) {
    if (!backup.bad()) continue;
    const bool mismatch = backup.state == BackupState::kChecksumMismatch;
    Finding finding = Draft(home, mismatch ? "BACKUP_CHECKSUM_MISMATCH" : "BACKUP_CORRUPT", NameOf(backup.path),
                            {backup.path}, backup.path);
    const bool other_may_be_good = std::any_of(facts.backups.begin(), facts.backups.end(), [&](const Backup& other) {
      return other.kind == backup.kind && !other.bad() &&
             (backup.kind == BackupKind::kSessions || other.collection == backup.collection);
    });
    if (!other_may_be_good) finding.severity = Severity::kP1;
    finding.evidence["problem"] = backup.problem;
    finding.evidence["size"] = backup.size;
    finding.evidence["made"] = TimeText(backup.made_ms);
    findings.push_back(std::move(finding));
  }
}

// The two newest good ones of the same kind.
struct Pair {
  const Backup* newest = nullptr;
  const Backup* previous = nullptr;
};
Pair NewestTwo(const BackupFacts& facts, const Backup& like) {
  Pair pair;
  for (const Backup& backup : facts.backups) {
    // Old programs saved other parts of the data.
    const bool same = backup.kind == like.kind && backup.good() && backup.collection == like.collection &&
                      backup.has_manifest == like.has_manifest;
    if (!same) continue;
    if (pair.newest != nullptr) {
      pair.previous = &backup;
      break;
    }
    pair.newest = &backup;
  }
  return pair;
}

void AddShrink(const HomeView& home, const Pair& pair, std::int64_t now, std::int64_t before,
               std::vector<Finding>& findings) {
  if (now * 2 >= before) return;
  const std::string identity = pair.newest->kind == BackupKind::kQdrant ? pair.newest->collection : "sessions";
  Finding finding =
      Draft(home, "BACKUP_SHRINK", NameOf(pair.newest->path), {pair.newest->path, pair.previous->path}, identity);
  finding.evidence["now"] = now;
  finding.evidence["before"] = before;
  findings.push_back(std::move(finding));
}

void CheckShrink(const HomeView& home, std::vector<Finding>& findings) {
  const BackupFacts& facts = *home.model.backups;
  std::set<std::pair<BackupKind, std::string>> seen;  // kind and collection
  for (const Backup& backup : facts.backups) {
    if (!backup.good() || !seen.emplace(backup.kind, backup.collection).second) continue;
    const Pair pair = NewestTwo(facts, backup);
    if (pair.previous == nullptr) continue;
    if (backup.kind == BackupKind::kSessions) AddShrink(home, pair, pair.newest->files, pair.previous->files, findings);
    if (pair.newest->points && pair.previous->points) {
      AddShrink(home, pair, *pair.newest->points, *pair.previous->points, findings);
    }
  }
}

}  // namespace

void CheckCollectionBackup(const HomeView& home, const std::string& url, const std::string& collection,
                           std::int64_t points, std::vector<Finding>& findings) {
  if (!home.model.backups || points <= 0) return;
  const BackupFacts& facts = *home.model.backups;
  const Backup* newest = facts.NewestSnapshot(collection);
  if (newest == nullptr) return AddNone(home, BackupKind::kQdrant, collection, url, findings);
  // Memories are added, hardly ever changed: as many as in the backup are those of the backup.
  if (newest->points == points || HasUnverifiedAfter(facts, BackupKind::kQdrant, newest->made_ms)) return;
  AddStale(home, {*newest, collection, url, newest->made_ms, home.settings.qdrant_rpo_ms}, findings);
}

void CheckBackups(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.backups) return;
  CheckRoots(home, findings);
  CheckBad(home, findings);
  CheckShrink(home, findings);
}

}  // namespace fleet::agent
