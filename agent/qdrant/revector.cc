#include "agent/qdrant/revector.h"

#include <algorithm>

#include "agent/qdrant/copy.h"
#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/revector_plan.h"
#include "agent/qdrant/revector_record.h"
#include "agent/qdrant/revector_run.h"
#include "agent/qdrant/temporary.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kSample = 50;

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
  ASSIGN_OR_RETURN(found.plan, PlanRename(*info, page.points, WantedVectorOf(scene, options.same_model)));
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

absl::StatusOr<OperationRecord> Begin(const QdrantScene& scene, const OperationJournal& journal, const Found& found) {
  const std::int64_t now_ms = ToMillis(scene.clock.Now());
  OperationRecord record{.kind = kRevector,
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
  ASSIGN_OR_RETURN(const auto unfinished, UnfinishedRevector(scene, std::move(records)));
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
  ASSIGN_OR_RETURN(std::optional<OperationRecord> record, UnfinishedRevector(scene, std::move(records)));
  if (!record) {
    ASSIGN_OR_RETURN(const Found found, Look(scene, options));
    if (!found.plan.is_needed) return OperationReport{};
    ASSIGN_OR_RETURN(record, Begin(scene, journal, found));
  }
  return FinishRevector(scene, journal, *std::move(record));
}

absl::StatusOr<OperationReport> RollBackRevector(const QdrantScene& scene) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  ASSIGN_OR_RETURN(std::vector<OperationRecord> records, journal.Unfinished(scene.target.address));
  ASSIGN_OR_RETURN(std::optional<OperationRecord> record, UnfinishedRevector(scene, std::move(records)));
  OperationReport report;
  if (!record) return report;
  ASSIGN_OR_RETURN(const auto info, scene.admin.Find(record->collection));
  bool is_old = info && !HasWantedVector(*info, WantedVectorOf(scene, /*same_model=*/false));
  if (is_old && record->step == kSwitching) {
    // It may be another of the same name.
    const absl::StatusOr<PointsCompared> compared =
        ComparePoints(scene.admin, PointsFile(journal, *record), {}, record->collection);
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
