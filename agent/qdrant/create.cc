#include "agent/qdrant/create.h"

#include "agent/probe/qdrant_traces.h"
#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/server_json.h"
#include "agent/qdrant/snapshot_store.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

Json BodyOf(const QdrantScene& scene) {
  return {{"vectors",
           {{scene.target.vector_name,
             {{"size", scene.settings.qdrant_vector_size}, {"distance", scene.settings.qdrant_distance}}}}}};
}

absl::Status Check(const QdrantScene& scene, bool although_backup) {
  const std::string name = ToUtf8(scene.target.collection);
  if (scene.target.vector_name != VectorNameOf(scene.settings.embedding_model)) {
    return Refuse("model_unknown",
                  "the MCP entry uses a model whose vectors' size is not known here; let its server "
                  "make the collection at its first store");
  }
  ASSIGN_OR_RETURN(const auto info, scene.admin.Find(scene.target.collection));
  if (info) return Refuse("exists", "the collection " + name + " is there; nothing is made in its place");
  QdrantFacts facts;
  facts.url = scene.target.address;
  facts.collection = scene.target.collection;
  facts.local = IsLoopbackUrl(scene.target.url);
  AddTraces(scene.target, scene.settings, scene.home, facts);
  if (facts.folder) {
    return Refuse("unloaded_folder",
                  facts.folder->has_config
                      ? "the server's storage holds " + name + ", not loaded: " + ToUtf8(facts.folder->path) +
                            "; restart the server instead of making the collection again"
                      : "the server's storage holds a folder of " + name +
                            " that could not be loaded, and making the " + "collection would remove it: copy " +
                            ToUtf8(facts.folder->path) + " away first");
  }
  if (although_backup) return absl::OkStatus();
  for (const StoredSnapshot& stored : ListStored(scene.AllBackups(), scene.target.collection)) {
    const absl::StatusOr<StoredSnapshot> verified = VerifyStored(stored.path);
    if (!verified.ok() || verified->state != BackupState::kGood || verified->points == 0) continue;
    return Refuse("backup_exists", "there is a good snapshot of " + name + ", " + ToUtf8(stored.path) +
                                       "; restore it (dgmo-agent qdrant restore) instead of beginning empty");
  }
  return absl::OkStatus();
}

OperationReport ReportOf(const QdrantScene& scene, const char* verb) {
  OperationReport report;
  report.steps = {std::string(verb) + " the collection " + ToUtf8(scene.target.collection) + " with the vector " +
                  ToUtf8(scene.target.vector_name) + ", " + std::to_string(scene.settings.qdrant_vector_size) +
                  " numbers, compared by " + scene.settings.qdrant_distance};
  report.facts = {{"collection", ToUtf8(scene.target.collection)}, {"config", BodyOf(scene)}};
  return report;
}

}  // namespace

absl::StatusOr<OperationReport> PlanQdrantCreate(const QdrantScene& scene, bool although_backup) {
  RETURN_IF_ERROR(Check(scene, although_backup));
  return ReportOf(scene, "make");
}

absl::StatusOr<OperationReport> RunQdrantCreate(const QdrantScene& scene, bool although_backup) {
  ASSIGN_OR_RETURN(const OperationJournal journal, OperationJournal::Open(scene.state));
  RETURN_IF_ERROR(Check(scene, although_backup));
  const absl::Status made = scene.admin.Create(scene.target.collection, BodyOf(scene));
  // An answer can be lost: what is there now tells.
  const auto info = scene.admin.Find(scene.target.collection);
  if (!info.ok()) return made.ok() ? info.status() : made;
  const Json shape = *info ? At(**info, {"config", "params", "vectors", scene.target.vector_name.c_str()}) : Json();
  const bool is_right = At(shape, {"size"}) == Json(scene.settings.qdrant_vector_size) &&
                        At(shape, {"distance"}) == Json(scene.settings.qdrant_distance);
  if (is_right) return ReportOf(scene, "made");
  RETURN_IF_ERROR(made);
  return Fail("not_verified",
              "the collection was made, but is not configured as it was asked for; see dgmo-agent "
              "qdrant status");
}

}  // namespace fleet::agent
