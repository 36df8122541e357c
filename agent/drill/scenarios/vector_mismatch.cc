#include "agent/drill/memories.h"
#include "agent/drill/qdrant_server.h"
#include "agent/drill/scenarios/scenarios.h"
#include "agent/drill/stopwatch.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/revector.h"
#include "common/status.h"
#include "common/utf8.h"

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

// Converts one, or sees that it is refused and left as it is. Returns the share of memories that are kept.
absl::StatusOr<double> Act(const QdrantServer& server, const Mismatch& mismatch) {
  ASSIGN_OR_RETURN(const std::unique_ptr<HomeScene> home, server.Scene(mismatch.collection));
  const QdrantScene& scene = home->scene();
  const std::int64_t size = scene.settings.qdrant_vector_size * mismatch.size_factor;
  const Json shape = {{"size", size}, {"distance", scene.settings.qdrant_distance}};
  const std::string name = mismatch.vector_name;
  RETURN_IF_ERROR(StoreMemories(scene.admin, mismatch.collection, name.empty() ? shape : Json{{name, shape}}, name,
                                size, kMemories));
  ASSIGN_OR_RETURN(const Memories before, AllMemories(scene.admin, mismatch.collection));
  const absl::Status converted = RunRevector(scene, {}).status();
  ASSIGN_OR_RETURN(const Memories after, AllMemories(scene.admin, mismatch.collection));
  if (mismatch.size_factor == 1) {
    RETURN_IF_ERROR(converted);
    return ShareRemembered(before, {.from = name, .to = scene.target.vector_name}, after);
  }
  if (ReasonOf(converted) == "size_differs") return ShareRemembered(before, {}, after);
  return Internal("vectors of " + std::to_string(size) + " numbers were not refused");
}

}  // namespace

// D4: vectors without a name, with another, and of another model.
absl::StatusOr<DrillResult> DrillVectorMismatch(Sandbox& sandbox) {
  const absl::StatusOr<std::unique_ptr<QdrantServer>> server = QdrantServer::Start(sandbox);
  if (absl::IsNotFound(server.status())) return DrillResult::Skipped(MessageOf(server.status()));
  RETURN_IF_ERROR(server.status());
  const Stopwatch watch(sandbox.clock());
  double kept = 0;
  for (const Mismatch& mismatch : kMismatches) {
    const absl::StatusOr<double> share = Act(**server, mismatch);
    if (!share.ok()) return Annotate(share.status(), mismatch.collection);
    kept += *share / std::size(kMismatches);
  }
  DrillResult result;
  result.rto_ms = watch.ms();
  result.rpo_ms = 0;  // nothing is brought back from a backup
  result.integrity = kept;
  if (kept < 1) return DrillResult::Failed("some memories are not what they were");
  result.text = "two collections were converted and kept every memory; the one of another model was left as it is";
  return result;
}

}  // namespace fleet::agent
