#include "agent/drill/memories.h"
#include "agent/drill/qdrant_server.h"
#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "agent/qdrant/backup.h"
#include "agent/qdrant/copy.h"
#include "agent/qdrant/create.h"
#include "agent/qdrant/restore.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kMemories = 100;
constexpr int kSearched = 42;

// What somebody who uses the collection sees of it, but for the memories themselves.
struct Seen {
  Json vectors;
  std::int64_t count = 0;
  Json nearest;
};

absl::StatusOr<Seen> LookAt(const QdrantScene& scene) {
  const std::string& collection = scene.target.collection;
  Seen seen;
  ASSIGN_OR_RETURN(const std::optional<Json> info, scene.admin.Find(collection));
  if (!info) return NotFound("the collection is not there");
  seen.vectors = info->value(Json::json_pointer("/config/params/vectors"), Json());
  ASSIGN_OR_RETURN(seen.count, scene.admin.Count(collection));
  ASSIGN_OR_RETURN(seen.nearest, scene.admin.Nearest(collection, scene.target.vector_name,
                                                     VectorOfMemory(kSearched, scene.settings.qdrant_vector_size)));
  return seen;
}

}  // namespace

// D3: a collection is deleted.
absl::StatusOr<DrillResult> DrillQdrantRecovery(Sandbox& sandbox) {
  const absl::StatusOr<std::unique_ptr<QdrantServer>> server = QdrantServer::Start(sandbox);
  if (absl::IsNotFound(server.status())) return DrillResult::Skipped(MessageOf(server.status()));
  RETURN_IF_ERROR(server.status());
  ASSIGN_OR_RETURN(const std::unique_ptr<HomeScene> home, (*server)->Scene("drill"));
  const QdrantScene& scene = home->scene();
  RETURN_IF_ERROR(RunQdrantCreate(scene, /*although_backup=*/true).status());
  RETURN_IF_ERROR(StoreMemories(scene.admin, scene.target.collection, scene.target.vector_name,
                                scene.settings.qdrant_vector_size, kMemories));
  const std::string memories = sandbox.folder() + "/memories.jsonl";
  RETURN_IF_ERROR(SavePoints(scene.admin, scene.target.collection, memories).status());
  ASSIGN_OR_RETURN(const Seen before, LookAt(scene));
  const std::int64_t saved_ms = sandbox.now_ms();
  ASSIGN_OR_RETURN(const QdrantBackupRun backup, RunQdrantBackup(scene, /*all=*/false));
  if (backup.failed > 0) return DrillResult::Failed("the collection could not be backed up");
  RETURN_IF_ERROR(scene.admin.Delete(scene.target.collection));
  const std::int64_t lost_ms = sandbox.now_ms();

  const Stopwatch watch(sandbox.clock());
  RETURN_IF_ERROR(RunQdrantRestore(scene, {}).status());
  ASSIGN_OR_RETURN(const Seen after, LookAt(scene));
  RETURN_IF_ERROR(ComparePoints(scene.admin, memories, /*rename=*/{}, scene.target.collection).status());
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = lost_ms - saved_ms;
  if (after.count != before.count) {
    return DrillResult::Failed("it held " + std::to_string(before.count) + " memories, and now " +
                               std::to_string(after.count));
  }
  if (after.vectors != before.vectors) return DrillResult::Failed("its vectors are configured otherwise");
  if (after.nearest != before.nearest) return DrillResult::Failed("a search finds something else");
  result.integrity = 1;  // every memory was compared
  result.text = std::to_string(after.count) + " memories are back, are found again, and none has changed";
  return result;
}

}  // namespace fleet::agent
