#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/qdrant/points.h"

namespace fleet::agent {

// Whether and how the vector of a collection gets the name (and measure) that the MCP server expects, without changing
// a single number of it (catalogue: "Repairs"). Pure.

struct WantedVector {
  std::string name = {};
  std::int64_t size = 384;
  std::string distance = "Cosine";
  std::string model = {};      // "sentence-transformers/all-MiniLM-L6-v2"
  bool is_model_known = true;  // `size` is that of this model
  bool same_model = false;     // a person says that this model made the vectors
};

struct RevectorPlan {
  bool is_needed = true;  // false: the collection is as it should be
  VectorRename rename;
  std::string old_distance;
  nlohmann::json body;                            // of PUT /collections/{c}: the old configuration but for that
  std::map<std::string, nlohmann::json> indexes;  // payload fields to their schema
  // That the model made them is only likely: nothing in the collection names it.
  bool is_model_proven = false;
};

// `info` is the result of GET /collections/{c}; `sample` are some of its points. Refusals: "size_differs",
// "vectors_absent", "vectors_ambiguous", "model_unknown", "unsupported_vector", "status_red", "sharded".
absl::StatusOr<RevectorPlan> PlanRename(const nlohmann::json& info, const std::vector<nlohmann::json>& sample,
                                        const WantedVector& wanted);

// Whether the collection has the vector that is wanted.
bool HasWantedVector(const nlohmann::json& info, const WantedVector& wanted);

}  // namespace fleet::agent
