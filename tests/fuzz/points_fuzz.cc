// What a conversion of vectors makes of any collection and any points: it never crashes, a plan keeps every other
// vector of the collection, a point keeps its id, its payload and every number, and is the same as itself.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "agent/qdrant/points.h"
#include "agent/qdrant/revector_plan.h"

using namespace fleet::agent;
using Json = nlohmann::json;

namespace {

constexpr char kName[] = "fast-all-minilm-l6-v2";

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckPoint(const Json& point, const VectorRename& rename) {
  if (!point.is_object() || !point.contains("id")) return;
  const Json renamed = Rekeyed(point, rename);
  Require(renamed["id"] == point["id"] && renamed["payload"].is_object() && renamed["vector"].is_object());
  Require(!HasVector(point, rename.from) || HasVector(renamed, rename.to));
  Require(Compare(renamed, renamed).is_same && !Compare(renamed, renamed).is_rounded);
  Require(IdText(renamed) == IdText(point));
  (void)Compare(point, renamed);
}

}  // namespace

// An array: what GET /collections/{c} answers as its result, then points.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Json input = Json::parse(std::string_view(reinterpret_cast<const char*>(data), size), nullptr, false);
  if (!input.is_array() || input.empty()) return 0;
  const std::vector<Json> points(input.begin() + 1, input.end());
  WantedVector wanted;
  wanted.name = kName;
  wanted.model = "sentence-transformers/all-MiniLM-L6-v2";
  (void)HasWantedVector(input[0], wanted);
  for (const bool same_model : {false, true}) {
    wanted.same_model = same_model;
    const absl::StatusOr<RevectorPlan> plan = PlanRename(input[0], points, wanted);
    if (!plan.ok()) {
      Require(!plan.status().message().empty());
      continue;
    }
    if (!plan->is_needed) continue;
    Require(plan->rename.to == kName && plan->body.at("vectors").contains(kName));
    for (const Json& point : points) CheckPoint(point, plan->rename);
  }
  for (const Json& point : points) CheckPoint(point, {"", kName});
  return 0;
}
