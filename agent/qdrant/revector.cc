#include "agent/qdrant/revector.h"

#include <algorithm>

#include "agent/qdrant/copy.h"
#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/revector_plan.h"
#include "agent/qdrant/server_json.h"
#include "agent/qdrant/snapshot_store.h"
#include "agent/qdrant/temporary.h"
#include "agent/repair/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr char kKind[] = "revector";
// Steps, each written before what follows it is begun.
constexpr char kPlanned[] = "planned";      // nothing was changed
constexpr char kSaved[] = "saved";          // the snapshot is here; the copy may be there, in any state
constexpr char kSwitching[] = "switching";  // the copy and the file have every point; the collection may be gone
constexpr char kDone[] = "done";
constexpr char kRolledBack[] = "rolled_back";

constexpr int kRounds = 3;
constexpr int kSample = 50;

WantedVector Wanted(const QdrantScene& scene, bool same_model) {
  return {.name = scene.target.vector_name,
          .size = scene.settings.qdrant_vector_size,
          .distance = scene.settings.qdrant_distance,
          .model = scene.settings.embedding_model,
          .is_model_known = scene.target.vector_name == VectorNameOf(scene.settings.embedding_model),
          .same_model = same_model};
}

struct Found {
  RevectorPlan plan;
  std::int64_t points = 0;
  std::vector<std::string> aliases;
};

absl::StatusOr<Found> Look(const QdrantScene& scene, const RevectorOptions& options) {
  const std::string& name = scene.target.collection;
  ASSIGN_OR_RETURN(const auto info, scene.admin.Find(name));
  if (!info) {
    return Refuse("missing", "the server has no collection " + ToUtf8(name) + "; see dgmo-agent qdrant status");
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, scene.admin.Collections());
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return Refuse("is_alias", ToUtf8(name) + " is an alias of another collection; name that one with --collection");
  }
  ASSIGN_OR_RETURN(const PointPage page, scene.admin.Scroll(name, nullptr, kSample));
  Found found;
  ASSIGN_OR_RETURN(found.plan, PlanRename(*info, page.points, Wanted(scene, options.same_model)));
  if (!found.plan.is_needed) return found;
  for (const std::string& other : names) {
    if (IsTemporary(other) && other.rfind(name + "__dr_", 0) == 0) {
      return Refuse("other_temporary", "the collection " + ToUtf8(other) +
                                           " is the copy of another repair; finish that where it was begun, or remove "
                                           "the copy when nobody needs it");
    }
  }
  ASSIGN_OR_RETURN(found.points, scene.admin.Count(name));
  ASSIGN_OR_RETURN(found.aliases, scene.admin.Aliases(name));
  return found;
}

std::string ShownName(const std::string& name) { return name.empty() ? "(unnamed)" : ToUtf8(name); }

// Carries one record from its step to the end.
class Revector {
 public:
  Revector(const QdrantScene& scene, const OperationJournal& journal, OperationRecord record)
      : scene_(scene), admin_(scene.admin), journal_(journal), record_(std::move(record)) {
    rename_ = {record_.data.at("from").get<std::string>(), record_.data.at("to").get<std::string>()};
    body_ = record_.data.at("body");
  }

  absl::StatusOr<OperationReport> Finish() {
    if (record_.step == kPlanned) RETURN_IF_ERROR(Save());
    for (int round = 0;; ++round) {
      if (record_.step == kSaved) RETURN_IF_ERROR(Prepare());
      // Points may have come since: then all of it is done once more.
      if (record_.step == kSwitching) RETURN_IF_ERROR(Replace());
      if (record_.step == kSwitching) break;
      if (round == kRounds) {
        return Fail("writers_active",
                    "points were added each time the collection was copied; stop what writes to it, "
                    "and run this again");
      }
    }
    RETURN_IF_ERROR(Fill());
    RETURN_IF_ERROR(Complete());
    return std::move(report_);
  }

 private:
  absl::Status Step(const char* step) {
    record_.step = step;
    return journal_.Write(record_);
  }

  std::string FileOf(std::int64_t round) const {
    return journal_.Folder(record_) + "/points-" + std::to_string(round) + ".jsonl";
  }
  std::string File() const { return FileOf(record_.data.at("round").get<std::int64_t>()); }

  absl::Status Save() {
    ASSIGN_OR_RETURN(const StoredSnapshot stored, StoreSnapshot(admin_, record_.collection, scene_.backups,
                                                                SnapshotUse::kBackup, ToMillis(scene_.clock.Now())));
    record_.data["snapshot"] = ToUtf8(stored.path);
    return Step(kSaved);
  }

  // The points into a file and the copy, and both compared with the collection as it is then.
  absl::Status Prepare() {
    const std::int64_t round = record_.data.value("round", std::int64_t{0}) + 1;
    ASSIGN_OR_RETURN(const PointFileSummary saved, SavePoints(admin_, record_.collection, FileOf(round)));
    if (round > 1) RETURN_IF_ERROR(CheckNoneVanished());
    record_.data["round"] = round;
    record_.data["points"] = saved.points;
    RETURN_IF_ERROR(Step(kSaved));
    if (round > 1) RETURN_IF_ERROR(RemoveFile(FileOf(round - 1)));

    RETURN_IF_ERROR(admin_.Delete(record_.temporary));  // of an earlier round, or of a run that was ended
    RETURN_IF_ERROR(admin_.Create(record_.temporary, body_));
    RETURN_IF_ERROR(WritePoints(admin_, File(), rename_, record_.temporary));
    RETURN_IF_ERROR(CheckCount(record_.temporary, saved.points));
    RETURN_IF_ERROR(ComparePoints(admin_, File(), rename_, record_.temporary).status());

    ASSIGN_OR_RETURN(const bool is_same, IsUnchanged());
    return is_same ? Step(kSwitching) : absl::OkStatus();
  }

  // A file is only given up for one that has all its points: what is there now may be another collection.
  absl::Status CheckNoneVanished() {
    const absl::StatusOr<PointsCompared> compared = ComparePoints(admin_, File(), {}, record_.collection);
    if (compared.ok()) return absl::OkStatus();
    if (ReasonOf(compared.status()) != "points_differ") return compared.status();
    return Refuse("points_vanished", "points of the collection were changed or removed while it was copied (" +
                                         MessageOf(compared.status()) + "); all that were there are in " +
                                         ToUtf8(File()) +
                                         "; stop what writes to the collection, and take this repair "
                                         "back with dgmo-agent qdrant revector --rollback");
  }

  absl::StatusOr<bool> IsUnchanged() {
    ASSIGN_OR_RETURN(const std::int64_t count, admin_.Count(record_.collection));
    if (count != record_.data.at("points").get<std::int64_t>()) return false;
    const absl::StatusOr<PointsCompared> compared = ComparePoints(admin_, File(), {}, record_.collection);
    if (!compared.ok() && ReasonOf(compared.status()) == "points_differ") return false;
    RETURN_IF_ERROR(compared.status());
    return compared->rounded == 0;
  }

  absl::Status CheckCount(const std::string& collection, std::int64_t points) {
    ASSIGN_OR_RETURN(const std::int64_t count, admin_.Count(collection));
    if (count == points) return absl::OkStatus();
    return Fail("points_differ",
                "the copy has " + std::to_string(count) + " points instead of " + std::to_string(points));
  }

  // From here on a run that was ended is only finished, never begun again.
  absl::Status Replace() {
    ASSIGN_OR_RETURN(const auto info, admin_.Find(record_.collection));
    if (info && !IsNew(*info)) {
      // Nothing that is not saved may go, whoever made what is there.
      ASSIGN_OR_RETURN(const bool is_same, IsUnchanged());
      if (!is_same) return Step(kSaved);
      RETURN_IF_ERROR(admin_.Delete(record_.collection));
    }
    return absl::OkStatus();
  }

  bool IsNew(const Json& info) const {
    return HasWantedVector(info, {.name = rename_.to,
                                  .size = scene_.settings.qdrant_vector_size,
                                  .distance = scene_.settings.qdrant_distance,
                                  .model = ""});
  }

  absl::Status Fill() {
    const absl::Status made = admin_.Create(record_.collection, body_);
    ASSIGN_OR_RETURN(const auto info, admin_.Find(record_.collection));
    if (!info) return made.ok() ? Fail("not_verified", "the collection that was made is not there") : made;
    // The MCP server makes a collection that it misses, with the configuration that is wanted.
    if (!IsNew(*info)) {
      return Refuse("collection_changed", "somebody has made " + ToUtf8(record_.collection) +
                                              " again with another configuration; all points are in " + ToUtf8(File()) +
                                              " and in " + ToUtf8(record_.temporary) +
                                              "; remove the new one and run this again");
    }
    RETURN_IF_ERROR(WritePoints(admin_, File(), rename_, record_.collection));
    ASSIGN_OR_RETURN(const std::int64_t count, admin_.Count(record_.collection));
    const auto points = record_.data.at("points").get<std::int64_t>();
    if (count < points) {
      return Fail("points_differ", "the collection has " + std::to_string(count) + " points instead of " +
                                       std::to_string(points) + "; run this again");
    }
    ASSIGN_OR_RETURN(const PointsCompared compared, ComparePoints(admin_, File(), rename_, record_.collection));
    report_.facts["points"] = points;
    report_.facts["points_rounded"] = compared.rounded;
    report_.facts["points_without_vector"] = compared.without_vector;
    return CheckSearch();
  }

  // A stored vector finds a point that is as near as can be.
  absl::Status CheckSearch() {
    Json vector;
    RETURN_IF_ERROR(ReadPointFile(File(), 64, [&](const std::vector<Json>& points) {
      for (const Json& point : points) {
        if (vector.is_null() && HasVector(point, rename_.from)) {
          vector = Rekeyed(point, rename_).at("vector").at(rename_.to);
        }
      }
      return absl::OkStatus();
    }));
    if (vector.is_null()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Json nearest, admin_.Nearest(record_.collection, rename_.to, vector));
    const Json score = At(nearest, {"score"});
    // A vector of zeros is near to nothing.
    const bool is_zero = std::all_of(vector.begin(), vector.end(), [](const Json& n) { return n.get<double>() == 0; });
    if (is_zero || scene_.settings.qdrant_distance != "Cosine") return absl::OkStatus();
    if (score.is_number() && score.get<double>() > 0.999) return absl::OkStatus();
    return Fail("not_verified", "a search for a stored vector does not find it");
  }

  absl::Status Complete() {
    for (const auto& [field, schema] : record_.data.at("indexes").items()) {
      RETURN_IF_ERROR(admin_.IndexPayload(record_.collection, field, Json(schema)));
    }
    for (const auto& alias : record_.data.at("aliases")) {
      RETURN_IF_ERROR(admin_.AddAlias(alias.get<std::string>(), record_.collection));
    }
    RETURN_IF_ERROR(admin_.Delete(record_.temporary));
    RETURN_IF_ERROR(Step(kDone));
    const bool proven = record_.data.value("model_proven", false);
    report_.facts["collection"] = ToUtf8(record_.collection);
    report_.facts["vector"] = {{"from", ToUtf8(rename_.from)}, {"to", ToUtf8(rename_.to)}};
    report_.facts["snapshot"] = record_.data.at("snapshot");
    report_.facts["points_file"] = ToUtf8(File());
    report_.facts["semantics"] = proven ? "proven" : "unverified";
    report_.steps = {"the " + std::to_string(report_.facts["points"].get<std::int64_t>()) + " points of " +
                         ToUtf8(record_.collection) + " have the vector " + ToUtf8(rename_.to) +
                         "; every one was compared with what it was",
                     "the collection as it was is in " + record_.data.at("snapshot").get<std::string>() +
                         ", and all its points in " + ToUtf8(File())};
    if (!proven) {
      report_.steps.push_back(
          "nothing in the collection names the model that made the vectors: ask dgmo's memory for "
          "a note you know, to see that it is found");
    }
    return absl::OkStatus();
  }

  const QdrantScene& scene_;
  const QdrantAdmin& admin_;
  const OperationJournal& journal_;
  OperationRecord record_;
  VectorRename rename_;
  Json body_;
  OperationReport report_;
};

bool IsWhole(const OperationRecord& record) {
  const auto has = [&](const char* name, bool (nlohmann::ordered_json::*is)() const noexcept) {
    const auto found = record.data.find(name);
    return found != record.data.end() && ((*found).*is)();
  };
  using Ordered = nlohmann::ordered_json;
  const bool is_planned = has("from", &Ordered::is_string) && has("to", &Ordered::is_string) &&
                          has("body", &Ordered::is_object) && has("indexes", &Ordered::is_object) &&
                          has("aliases", &Ordered::is_array) && IsTemporary(record.temporary);
  const bool is_saved = record.step == kPlanned || has("snapshot", &Ordered::is_string);
  const bool is_copied = record.step != kSwitching ||
                         (has("round", &Ordered::is_number_integer) && has("points", &Ordered::is_number_integer));
  return is_planned && is_saved && is_copied;
}

absl::StatusOr<std::optional<OperationRecord>> Unfinished(const QdrantScene& scene,
                                                          std::vector<OperationRecord> records) {
  for (OperationRecord& record : records) {
    if (record.kind != kKind || record.collection != scene.target.collection) continue;
    if (IsWhole(record)) return std::move(record);
    return DataLoss("the record of the unfinished conversion " + ToUtf8(record.id) + " below " + ToUtf8(scene.state) +
                    "/qdrant is damaged; its folder has the points that were saved");
  }
  return std::nullopt;
}

absl::StatusOr<OperationRecord> Begin(const QdrantScene& scene, const OperationJournal& journal, const Found& found) {
  const std::int64_t now_ms = ToMillis(scene.clock.Now());
  OperationRecord record{.kind = kKind,
                         .address = scene.target.address,
                         .collection = scene.target.collection,
                         .temporary = TemporaryName(scene.target.collection, now_ms),
                         .step = kPlanned,
                         .created_ms = now_ms};
  record.data = {{"from", found.plan.rename.from}, {"to", found.plan.rename.to},
                 {"body", found.plan.body},        {"indexes", Json(found.plan.indexes)},
                 {"aliases", found.aliases},       {"model_proven", found.plan.is_model_proven},
                 {"points", found.points}};
  return journal.Begin(std::move(record));
}

}  // namespace

absl::StatusOr<OperationReport> PlanRevector(const QdrantScene& scene, const RevectorOptions& options) {
  OperationReport report;
  ASSIGN_OR_RETURN(std::vector<OperationRecord> records, UnfinishedOperations(scene.state, scene.target.address));
  ASSIGN_OR_RETURN(const auto unfinished, Unfinished(scene, std::move(records)));
  if (unfinished) {
    report.steps = {"finish the conversion of " + ToUtf8(unfinished->collection) + " that was ended at the step \"" +
                    ToUtf8(unfinished->step) + "\""};
    report.facts = {{"resumes", unfinished->id}, {"step", unfinished->step}};
    return report;
  }
  ASSIGN_OR_RETURN(const Found found, Look(scene, options));
  report.facts = {{"collection", ToUtf8(scene.target.collection)}, {"points", found.points}};
  if (!found.plan.is_needed) return report;
  const std::string name = ToUtf8(scene.target.collection);
  report.facts["vector"] = {{"from", found.plan.rename.from}, {"to", found.plan.rename.to}};
  report.facts["semantics"] = found.plan.is_model_proven ? "proven" : "unverified";
  report.steps = {
      "save " + name + " (" + std::to_string(found.points) + " points) in a verified snapshot in " +
          ToUtf8(scene.backups),
      "save all its points in a file below " + ToUtf8(scene.state),
      "copy them into a collection of another name, with the vector " + ShownName(found.plan.rename.from) + " called " +
          ToUtf8(found.plan.rename.to) + ", and compare every point",
      "make " + name + " anew with that vector, copy the points back, compare every one, and remove the copy"};
  return report;
}

absl::StatusOr<OperationReport> RunRevector(const QdrantScene& scene, const RevectorOptions& options) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  RETURN_IF_ERROR(ClearLeftovers(scene, journal));
  ASSIGN_OR_RETURN(std::vector<OperationRecord> records, journal.Unfinished(scene.target.address));
  ASSIGN_OR_RETURN(std::optional<OperationRecord> record, Unfinished(scene, std::move(records)));
  if (!record) {
    ASSIGN_OR_RETURN(const Found found, Look(scene, options));
    if (!found.plan.is_needed) return OperationReport{};
    ASSIGN_OR_RETURN(record, Begin(scene, journal, found));
  }
  return Revector(scene, journal, *std::move(record)).Finish();
}

absl::StatusOr<OperationReport> RollBackRevector(const QdrantScene& scene) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  ASSIGN_OR_RETURN(std::vector<OperationRecord> records, journal.Unfinished(scene.target.address));
  ASSIGN_OR_RETURN(std::optional<OperationRecord> record, Unfinished(scene, std::move(records)));
  OperationReport report;
  if (!record) return report;
  ASSIGN_OR_RETURN(const auto info, scene.admin.Find(record->collection));
  bool is_old = info && !HasWantedVector(*info, Wanted(scene, false));
  if (is_old && record->step == kSwitching) {
    // It may be another of the same name.
    const std::string file =
        journal.Folder(*record) + "/points-" + std::to_string(record->data.at("round").get<std::int64_t>()) + ".jsonl";
    const absl::StatusOr<PointsCompared> compared = ComparePoints(scene.admin, file, {}, record->collection);
    if (!compared.ok() && ReasonOf(compared.status()) != "points_differ") return compared.status();
    is_old = compared.ok();
  }
  if (!is_old) {
    return Refuse("too_late",
                  "the collection was replaced already: finish the conversion with dgmo-agent qdrant "
                  "revector");
  }
  RETURN_IF_ERROR(scene.admin.Delete(record->temporary));
  record->step = kRolledBack;
  RETURN_IF_ERROR(journal.Write(*record));
  report.steps = {"removed the copy " + ToUtf8(record->temporary) + "; " + ToUtf8(record->collection) +
                  " is as it was"};
  report.facts = {{"rolled_back", record->id}};
  return report;
}

}  // namespace fleet::agent
