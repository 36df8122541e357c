#include "agent/drill/memories.h"
#include "agent/drill/qdrant_server.h"
#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "agent/qdrant/copy.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/revector.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr int kMemories = 100;

// A collection whose vectors are not called, or not made, as the MCP server expects.
struct Mismatch {
  const char* collection;
  const char* vector_name;
  std::int64_t size_factor;  // 1: of the expected size
};
constexpr Mismatch kMismatches[] = {{"unnamed", "", 1}, {"renamed", "text", 1}, {"larger", "", 2}};

// Converts one, or sees that it is refused and left as it is; then compares every memory.
absl::Status Act(const QdrantServer& server, const Mismatch& mismatch, const std::string& memories) {
  ASSIGN_OR_RETURN(const std::unique_ptr<HomeScene> home, server.Scene(mismatch.collection));
  const QdrantScene& scene = home->scene();
  const std::int64_t size = scene.settings.qdrant_vector_size * mismatch.size_factor;
  const Json shape = {{"size", size}, {"distance", scene.settings.qdrant_distance}};
  const std::string name = mismatch.vector_name;
  RETURN_IF_ERROR(scene.admin.Create(mismatch.collection, {{"vectors", name.empty() ? shape : Json{{name, shape}}}}));
  RETURN_IF_ERROR(StoreMemories(scene.admin, mismatch.collection, name, size, kMemories));
  RETURN_IF_ERROR(SavePoints(scene.admin, mismatch.collection, memories).status());
  const absl::Status converted = RunRevector(scene, {}).status();
  VectorRename rename;
  if (mismatch.size_factor == 1) {
    RETURN_IF_ERROR(converted);
    rename = {.from = name, .to = scene.target.vector_name};
  } else if (ReasonOf(converted) != "size_differs") {
    return Internal("vectors of " + std::to_string(size) + " numbers were not refused");
  }
  ASSIGN_OR_RETURN(const std::int64_t count, scene.admin.Count(mismatch.collection));
  if (count != kMemories) return Internal("it holds " + std::to_string(count) + " memories now");
  return ComparePoints(scene.admin, memories, rename, mismatch.collection).status();
}

}  // namespace

// D4: vectors without a name, with another, and of another model.
absl::StatusOr<DrillResult> DrillVectorMismatch(Sandbox& sandbox) {
  const absl::StatusOr<std::unique_ptr<QdrantServer>> server = QdrantServer::Start(sandbox);
  if (absl::IsNotFound(server.status())) return DrillResult::Skipped(MessageOf(server.status()));
  RETURN_IF_ERROR(server.status());
  const Stopwatch watch(sandbox.clock());
  for (const Mismatch& mismatch : kMismatches) {
    const std::string memories = sandbox.folder() + "/" + mismatch.collection + ".jsonl";
    RETURN_IF_ERROR(Annotate(Act(**server, mismatch, memories), mismatch.collection));
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;     // nothing is brought back from a backup
  result.integrity = 1;  // every memory was compared
  result.text = "two collections were converted and kept every memory; the one of another model was left as it is";
  return result;
}

}  // namespace fleet::agent
