#include "agent/qdrant/backup.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/retention.h"
#include "agent/qdrant/temporary.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

absl::StatusOr<std::vector<std::string>> CollectionsOf(const QdrantScene& scene, bool all) {
  if (!all) {
    ASSIGN_OR_RETURN(const auto info, scene.admin.Find(scene.target.collection));
    if (!info) {
      return Refuse("missing", "the server has no collection " + ToUtf8(scene.target.collection) +
                                   "; see dgmo-agent qdrant status");
    }
    return std::vector<std::string>{scene.target.collection};
  }
  ASSIGN_OR_RETURN(std::vector<std::string> names, scene.admin.Collections());
  std::erase_if(names, [](const std::string& name) { return IsTemporary(name); });
  std::sort(names.begin(), names.end());
  return names;
}

// Reads as few as decide: the newest until enough are good, and then those that are old enough to go.
std::vector<KeptSnapshot> Judge(const std::vector<StoredSnapshot>& stored, std::int64_t now_ms) {
  const RetentionPolicy policy;
  std::size_t good = 0;
  std::vector<KeptSnapshot> judged;
  for (const StoredSnapshot& snapshot : stored) {
    KeptSnapshot kept{.name = snapshot.path, .made_ms = snapshot.made_ms, .is_good = {}, .is_copy = snapshot.is_copy};
    const bool is_old = now_ms - snapshot.made_ms > policy.keep_ms;
    // Without a manifest it was made by somebody else, whose it is.
    if (snapshot.has_manifest && (good < policy.keep_good || is_old)) {
      const absl::StatusOr<StoredSnapshot> verified = VerifyStored(snapshot.path);
      if (verified.ok() && verified->state != BackupState::kUnverified) {
        kept.is_good = verified->state == BackupState::kGood;
      }
    }
    if (kept.is_good == true && !kept.is_copy) ++good;
    judged.push_back(std::move(kept));
  }
  return judged;
}

absl::Status Remove(const std::string& path) {
  // The snapshot first: a manifest without one is litter, a snapshot without one still a backup.
  RETURN_IF_ERROR(RemoveFile(path));
  RETURN_IF_ERROR(RemoveFile(path.substr(0, path.rfind('.')) + ".json"));
  return SyncFolder(std::filesystem::path(path).parent_path());
}

absl::Status Retain(const QdrantScene& scene, const std::string& collection, Json& facts) {
  const std::int64_t now_ms = ToMillis(scene.clock.Now());
  const std::vector<StoredSnapshot> stored = ListStored({scene.backups}, collection);
  facts["removed"] = Json::array();
  const bool any_old = std::any_of(stored.begin(), stored.end(), [&](const StoredSnapshot& snapshot) {
    return now_ms - snapshot.made_ms > RetentionPolicy{}.keep_ms;
  });
  if (!any_old) return absl::OkStatus();
  for (const std::string& path : SnapshotsToRemove(Judge(stored, now_ms), now_ms, false)) {
    RETURN_IF_ERROR(Remove(path));
    facts["removed"].push_back(ToUtf8(path));
  }
  return absl::OkStatus();
}

std::string CountText(std::int64_t points) { return std::to_string(points) + (points == 1 ? " point" : " points"); }

}  // namespace

absl::StatusOr<OperationReport> PlanQdrantBackup(const QdrantScene& scene, bool all) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, CollectionsOf(scene, all));
  OperationReport report;
  report.facts["collections"] = Json::array();
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::int64_t points, scene.admin.Count(name));
    report.steps.push_back("have the server make a snapshot of " + ToUtf8(name) + " (" + CountText(points) +
                           "), bring it to " + ToUtf8(scene.backups) + ", verify it, and remove it from the server");
    report.facts["collections"].push_back({{"collection", ToUtf8(name)}, {"points", points}});
  }
  return report;
}

absl::StatusOr<QdrantBackupRun> RunQdrantBackup(const QdrantScene& scene, bool all) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, CollectionsOf(scene, all));
  QdrantBackupRun run;
  run.report.facts["collections"] = Json::array();
  for (const std::string& name : names) {
    Json facts = {{"collection", ToUtf8(name)}};
    const absl::StatusOr<StoredSnapshot> stored =
        StoreSnapshot(scene.admin, name, scene.backups, SnapshotUse::kBackup, ToMillis(scene.clock.Now()));
    if (stored.ok()) {
      run.report.steps.push_back("saved " + ToUtf8(name) + " (" + CountText(stored->points.value_or(0)) + ", " +
                                 std::to_string(stored->size) + " bytes) as " + ToUtf8(stored->path));
      facts.update({{"outcome", "done"},
                    {"reason", nullptr},
                    {"file", ToUtf8(stored->path)},
                    {"points", stored->points.value_or(0)},
                    {"size", stored->size},
                    {"sha256", stored->sha256}});
      if (!stored->problem.empty()) run.report.steps.push_back("warning: " + stored->problem);
      const absl::Status retained = Retain(scene, name, facts);
      if (!retained.ok()) run.report.steps.push_back("warning: old backups stay: " + MessageOf(retained));
    } else {
      ++run.failed;
      run.report.steps.push_back("not saved: " + ToUtf8(name) + ": " + MessageOf(stored.status()));
      facts.update({{"outcome", IsRefusal(stored.status()) ? "refused" : "failed"},
                    {"reason", ReasonOf(stored.status())},
                    {"message", MessageOf(stored.status())}});
    }
    run.report.facts["collections"].push_back(std::move(facts));
  }
  return run;
}

}  // namespace fleet::agent
