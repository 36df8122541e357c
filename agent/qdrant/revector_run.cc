#include "agent/qdrant/revector_run.h"

#include <algorithm>

#include "agent/qdrant/copy.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/revector_plan.h"
#include "agent/qdrant/revector_record.h"
#include "agent/qdrant/server_json.h"
#include "agent/qdrant/snapshot_store.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kRounds = 3;

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

  std::string File() const { return PointsFile(journal_, record_); }
  std::string FileOf(std::int64_t round) const { return PointsFile(journal_, record_, round); }

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

}  // namespace

absl::StatusOr<OperationReport> FinishRevector(const QdrantScene& scene, const OperationJournal& journal,
                                               OperationRecord record) {
  return Revector(scene, journal, std::move(record)).Finish();
}

}  // namespace fleet::agent
