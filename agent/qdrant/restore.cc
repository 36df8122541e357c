#include "agent/qdrant/restore.h"

#include <algorithm>

#include "agent/probe/qdrant_traces.h"
#include "agent/qdrant/copy.h"
#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/revector_plan.h"
#include "agent/qdrant/server_json.h"
#include "agent/qdrant/snapshot_store.h"
#include "agent/qdrant/temporary.h"
#include "agent/qdrant/upload.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kSample = 50;
constexpr int kLooks = 30;  // for a restore whose answer was lost

// The collection as it is before.
struct Present {
  bool is_there = false;
  bool answers = false;  // its points can be counted
  std::int64_t points = 0;
  Json info;
};

bool IsBroken(const absl::Status& status) { return ReasonOf(status) == "server_error" || ReasonOf(status) == "busy"; }

absl::StatusOr<Present> Look(const QdrantScene& scene) {
  Present present;
  const absl::StatusOr<std::optional<Json>> info = scene.admin.Find(scene.target.collection);
  // A collection that could not be loaded answers with server errors: it is there, and cannot be saved.
  if (!info.ok() && !IsBroken(info.status())) return info.status();
  present.is_there = !info.ok() || info->has_value();
  if (!info.ok() || !info->has_value()) return present;
  present.info = **info;
  const absl::StatusOr<std::int64_t> count = scene.admin.Count(scene.target.collection);
  if (!count.ok() && !IsBroken(count.status())) return count.status();
  present.answers = count.ok();
  if (count.ok()) present.points = *count;
  return present;
}

struct Choice {
  StoredSnapshot snapshot;
  std::vector<std::string> passed_over;  // newer ones that are not good: sentences
};

absl::StatusOr<Choice> Choose(const QdrantScene& scene, const RestoreOptions& options) {
  Choice choice;
  if (!options.snapshot.empty()) {
    ASSIGN_OR_RETURN(choice.snapshot, VerifyStored(options.snapshot));
    if (choice.snapshot.state == BackupState::kGood) return choice;
    return Refuse("snapshot_bad", ToUtf8(options.snapshot) + " cannot be used: " + choice.snapshot.problem);
  }
  for (const StoredSnapshot& stored : ListStored(scene.AllBackups(), scene.target.collection)) {
    // What was there before a restore is not what somebody wants back unasked.
    if (stored.is_copy) continue;
    absl::StatusOr<StoredSnapshot> verified = VerifyStored(stored.path);
    if (verified.ok() && verified->state == BackupState::kGood) {
      choice.snapshot = *std::move(verified);
      return choice;
    }
    choice.passed_over.push_back(ToUtf8(stored.path) +
                                 " is not used: " + (verified.ok() ? verified->problem : MessageOf(verified.status())));
  }
  std::string text =
      "no good snapshot of " + ToUtf8(scene.target.collection) + " was found in " + ToUtf8(scene.backups);
  for (const std::string& other : choice.passed_over) text += "; " + other;
  return Refuse("no_snapshot", text + "; name one with --snapshot FILE");
}

// The server would remove what it could not load when a collection of that name is made.
absl::Status CheckFolder(const QdrantScene& scene, const Present& present) {
  if (present.is_there) return absl::OkStatus();
  QdrantFacts facts;
  facts.url = scene.target.address;
  facts.local = IsLoopbackUrl(scene.target.url);
  AddTraces(scene.target, scene.settings, scene.home, facts);
  if (!facts.folder) return absl::OkStatus();
  return Refuse("unloaded_folder", "the server's storage still holds a folder of the collection that is not loaded: " +
                                       ToUtf8(facts.folder->path) +
                                       (facts.folder->has_config ? "; restart the server first: it may load it"
                                                                 : "; restoring would remove it: copy it away first"));
}

std::string CountText(std::optional<std::int64_t> points) {
  return points ? std::to_string(*points) + (*points == 1 ? " point" : " points") : "unknown number of points";
}

bool IsIncompatible(const absl::Status& status) {
  return ReasonOf(status) == "rejected" &&
         MessageOf(status).find("not compatible with existing collection") != std::string::npos;
}

class Restore {
 public:
  Restore(const QdrantScene& scene, const OperationJournal& journal, StoredSnapshot snapshot, bool same_model)
      : scene_(scene),
        admin_(scene.admin),
        journal_(journal),
        snapshot_(std::move(snapshot)),
        same_model_(same_model),
        name_(scene.target.collection) {}

  absl::StatusOr<OperationReport> Run(const Present& present) {
    if (present.answers) RETURN_IF_ERROR(SavePresent(present));
    const absl::Status restored = RestoreInto(admin_, name_, snapshot_);
    if (IsIncompatible(restored)) {
      RETURN_IF_ERROR(Merge());
    } else {
      if (!IsAnswerLost(restored)) RETURN_IF_ERROR(restored);
      RETURN_IF_ERROR(IsAnswerLost(restored) ? AwaitPoints() : CheckCount(name_));
    }
    RETURN_IF_ERROR(CheckSample());
    return std::move(report_);
  }

 private:
  static bool IsAnswerLost(const absl::Status& status) {
    return ReasonOf(status) == "timeout" || ReasonOf(status) == "connection_closed" ||
           ReasonOf(status) == "wrong_service";
  }

  absl::Status SavePresent(const Present& present) {
    absl::StatusOr<StoredSnapshot> copy =
        StoreSnapshot(admin_, name_, scene_.backups, SnapshotUse::kCopyBeforeRestore, ToMillis(scene_.clock.Now()));
    if (!copy.ok()) {
      return Refuse("copy_failed", "nothing was restored, because the collection as it is (" +
                                       CountText(present.points) + ") could not be saved: " + MessageOf(copy.status()));
    }
    report_.facts["copy_before"] = ToUtf8(copy->path);
    report_.steps.push_back("saved the collection as it was (" + CountText(copy->points) + ") as " +
                            ToUtf8(copy->path));
    return absl::OkStatus();
  }

  absl::Status AwaitPoints() {
    for (int i = 0; i < kLooks; ++i) {
      scene_.pause(std::chrono::seconds(2));
      if (CheckCount(name_).ok() && snapshot_.points) return absl::OkStatus();
    }
    return Fail("timeout",
                "the server did not say that the snapshot is restored; see dgmo-agent qdrant status before "
                "trying again");
  }

  absl::Status CheckCount(const std::string& collection) {
    ASSIGN_OR_RETURN(const std::int64_t count, admin_.Count(collection));
    if (snapshot_.points && count < *snapshot_.points) {
      return Fail("points_missing", "the collection has " + std::to_string(count) +
                                        " points, the snapshot's manifest " + "counts " +
                                        std::to_string(*snapshot_.points));
    }
    report_.facts["points"] = count;
    if (collection == name_) {
      report_.steps.push_back("restored " + ToUtf8(name_) + " with " + CountText(count) + " from " +
                              ToUtf8(snapshot_.path));
    }
    return absl::OkStatus();
  }

  // The snapshot into a collection of its own, and its points from there into the collection under the right name.
  absl::Status Merge() {
    ASSIGN_OR_RETURN(const auto info, admin_.Find(name_));
    if (!info || !HasWantedVector(*info, WantedVectorOf(scene_, /*same_model=*/false))) {
      return Refuse("vectors_differ",
                    "the vectors of the collection are neither those of the snapshot nor those that "
                    "the MCP server expects; convert it first (dgmo-agent qdrant revector)");
    }
    const std::int64_t now_ms = ToMillis(scene_.clock.Now());
    const std::string temporary = TemporaryName(name_, now_ms);
    ASSIGN_OR_RETURN(const auto other, admin_.Find(temporary));
    if (other) return Refuse("busy", "another agent restores just now; try again");
    ASSIGN_OR_RETURN(const OperationRecord record, journal_.Begin({.kind = "restore",
                                                                   .address = scene_.target.address,
                                                                   .collection = name_,
                                                                   .temporary = temporary,
                                                                   .step = "restoring",
                                                                   .created_ms = now_ms}));
    const absl::Status merged = MergeThrough(temporary, journal_.Folder(record) + "/points.jsonl");
    // Both only hold what the snapshot holds.
    RETURN_IF_ERROR(admin_.Delete(temporary));
    RETURN_IF_ERROR(journal_.Forget(record));
    return merged;
  }

  absl::Status MergeThrough(const std::string& temporary, const std::string& file) {
    RETURN_IF_ERROR(RestoreInto(admin_, temporary, snapshot_));
    RETURN_IF_ERROR(CheckCount(temporary));
    ASSIGN_OR_RETURN(const auto info, admin_.Find(temporary));
    if (!info) return Fail("not_verified", "the collection that was restored is not there");
    ASSIGN_OR_RETURN(const PointPage sample, admin_.Scroll(temporary, nullptr, kSample));
    ASSIGN_OR_RETURN(const RevectorPlan plan, PlanRename(*info, sample.points, WantedVectorOf(scene_, same_model_)));
    // It has the right vector and others besides.
    const VectorRename rename = plan.is_needed ? plan.rename : VectorRename{};
    RETURN_IF_ERROR(SavePoints(admin_, temporary, file).status());
    RETURN_IF_ERROR(WritePoints(admin_, file, rename, name_));
    ASSIGN_OR_RETURN(const PointsCompared compared, ComparePoints(admin_, file, rename, name_));
    RETURN_IF_ERROR(CheckCount(name_));
    report_.facts["merged"] = compared.points;
    report_.facts["vector"] = {{"from", ToUtf8(rename.from)}, {"to", ToUtf8(rename.to)}};
    report_.steps.push_back("the vectors of the snapshot had another name: its " + CountText(compared.points) +
                            " were added to the collection, each compared with what it was");
    return absl::OkStatus();
  }

  absl::Status CheckSample() {
    ASSIGN_OR_RETURN(const auto info, admin_.Find(name_));
    if (!info) return Fail("not_verified", "the collection that was restored is not there");
    const bool is_right = HasWantedVector(*info, WantedVectorOf(scene_, /*same_model=*/false));
    report_.facts["vectors_as_expected"] = is_right;
    if (!is_right) {
      report_.steps.push_back(
          "its vectors are not what the MCP server expects: convert it next (dgmo-agent qdrant "
          "revector)");
    }
    ASSIGN_OR_RETURN(const PointPage page, admin_.Scroll(name_, nullptr, kSample));
    const auto has_document = [](const Json& point) { return At(point, {"payload", "document"}).is_string(); };
    const auto good = std::count_if(page.points.begin(), page.points.end(), has_document);
    report_.facts["sampled"] = page.points.size();
    report_.facts["sampled_with_text"] = good;
    if (!page.points.empty() && good == 0) {
      report_.steps.push_back("warning: none of the points that were looked at has a text that dgmo can show");
    }
    return absl::OkStatus();
  }

  const QdrantScene& scene_;
  const QdrantAdmin& admin_;
  const OperationJournal& journal_;
  const StoredSnapshot snapshot_;
  const bool same_model_;
  const std::string name_;
  OperationReport report_;
};

}  // namespace

absl::StatusOr<OperationReport> PlanQdrantRestore(const QdrantScene& scene, const RestoreOptions& options) {
  ASSIGN_OR_RETURN(const Choice choice, Choose(scene, options));
  ASSIGN_OR_RETURN(const Present present, Look(scene));
  RETURN_IF_ERROR(CheckFolder(scene, present));
  OperationReport report;
  report.steps = choice.passed_over;
  if (present.answers) {
    report.steps.push_back("save the collection as it is (" + CountText(present.points) + ") in " +
                           ToUtf8(scene.backups));
  }
  report.steps.push_back("have the server restore " + ToUtf8(scene.target.collection) + " from " +
                         ToUtf8(choice.snapshot.path) + " (" + CountText(choice.snapshot.points) + ", made " +
                         TimeText(choice.snapshot.made_ms) + "), without deleting anything first, and count it");
  report.facts = {{"snapshot", ToUtf8(choice.snapshot.path)},
                  {"snapshot_points", choice.snapshot.points ? Json(*choice.snapshot.points) : Json()},
                  {"snapshot_made", TimeText(choice.snapshot.made_ms)},
                  {"sha256", choice.snapshot.sha256},
                  {"points_now", present.answers ? Json(present.points) : Json()}};
  return report;
}

absl::StatusOr<OperationReport> RunQdrantRestore(const QdrantScene& scene, const RestoreOptions& options) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  RETURN_IF_ERROR(ClearLeftovers(scene, journal));
  ASSIGN_OR_RETURN(const std::vector<OperationRecord> records, journal.Unfinished(scene.target.address));
  for (const OperationRecord& record : records) {
    if (record.collection != scene.target.collection) continue;
    return Refuse("unfinished",
                  "a conversion of the collection was ended before it was done; finish it first "
                  "(dgmo-agent qdrant revector)");
  }
  ASSIGN_OR_RETURN(Choice choice, Choose(scene, options));
  ASSIGN_OR_RETURN(const Present present, Look(scene));
  RETURN_IF_ERROR(CheckFolder(scene, present));
  ASSIGN_OR_RETURN(OperationReport report,
                   Restore(scene, journal, std::move(choice.snapshot), options.same_model).Run(present));
  report.steps.insert(report.steps.begin(), choice.passed_over.begin(), choice.passed_over.end());
  return report;
}

}  // namespace fleet::agent
