#include "agent/qdrant/revector_plan.h"

#include <algorithm>

#include "agent/checks/qdrant_target.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/server_json.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr char kExport[] = "; its texts can be saved with dgmo-agent qdrant export";

bool IsUnnamed(const Json& vectors) {
  return vectors.is_object() && vectors.contains("size") && vectors["size"].is_number() && vectors.contains("distance");
}

// By name; the unnamed one under "".
Json Named(const Json& vectors) {
  if (IsUnnamed(vectors)) return {{"", vectors}};
  return vectors.is_object() ? vectors : Json::object();
}

Json WithoutNulls(const Json& json) {
  Json kept = Json::object();
  if (!json.is_object()) return kept;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_null()) kept[name] = value;
  }
  return kept;
}

// The name of what is to be renamed. One of several only when it alone can be meant.
absl::StatusOr<std::string> Source(const Json& vectors, const WantedVector& wanted) {
  if (vectors.empty()) return Refuse("vectors_absent", std::string("the collection has no vectors") + kExport);
  if (vectors.contains(wanted.name)) return wanted.name;
  std::vector<std::string> fitting;
  for (const auto& [name, shape] : vectors.items()) {
    if (At(shape, {"size"}) == Json(wanted.size)) fitting.push_back(name);
  }
  if (fitting.empty()) {
    return Refuse("size_differs", "no vector of the collection has " + std::to_string(wanted.size) +
                                      " numbers: another model made them, and the texts must be embedded again" +
                                      kExport);
  }
  if (fitting.size() > 1) {
    return Refuse("vectors_ambiguous", "several vectors of the collection could be meant" + std::string(kExport));
  }
  return fitting.front();
}

absl::Status CheckShape(const Json& shape, const WantedVector& wanted) {
  if (At(shape, {"size"}) != Json(wanted.size)) {
    return Refuse("size_differs", "the vector " + ToUtf8(wanted.name) + " has not " + std::to_string(wanted.size) +
                                      " numbers: another model made it, and the texts must be embedded again" +
                                      kExport);
  }
  if (!At(shape, {"multivector_config"}).is_null()) {
    return Refuse(
        "unsupported_vector",
        "the collection keeps several vectors a point, which the MCP server cannot use" + std::string(kExport));
  }
  const std::string type = TextAt(shape, "datatype");
  if (!type.empty() && type != "float32") {
    return Refuse("unsupported_vector",
                  "the vectors are kept as " + ToUtf8(type) + ", so that copying would round them" + kExport);
  }
  return absl::OkStatus();
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// What the payload of a point says about the model that made its vector; empty: nothing.
std::string ModelIn(const Json& point) {
  const Json payload = At(point, {"payload"});
  for (const Json& place : {payload, At(payload, {"metadata"})}) {
    if (!place.is_object()) continue;
    for (const char* key : {"embedding_model", "embeddingModel", "embedding-model"}) {
      if (std::string model = TextAt(place, key); !model.empty()) return model;
    }
  }
  return "";
}

// Vectors of the same size from another model would look healthy and find nonsense.
absl::StatusOr<bool> IsModelProven(const std::string& name, const std::vector<Json>& sample,
                                   const WantedVector& wanted) {
  if (wanted.same_model) return true;
  bool is_named = false;
  for (const Json& point : sample) {
    const std::string model = ModelIn(point);
    if (model.empty()) continue;
    if (VectorNameOf(model) != VectorNameOf(wanted.model)) {
      return Refuse("model_unknown", "points of the collection name another model, " + ToUtf8(model) +
                                         ": vectors of two models cannot be compared" + kExport);
    }
    is_named = true;
  }
  // "fast-" and a model's name is how the MCP server names the vectors of that model.
  if (!is_named && Lower(name).rfind("fast-", 0) == 0 && name != wanted.name) {
    return Refuse("model_unknown",
                  "the vector is called " + ToUtf8(name) +
                      ", as those of another model are; set EMBEDDING_MODEL to that model, or say --same-model when "
                      "you know that " +
                      ToUtf8(wanted.model) + " made them" + kExport);
  }
  return is_named || name == wanted.name;
}

// The configuration as it is read, in the form in which it is written.
Json BodyOf(const Json& info, const Json& vectors, const VectorRename& rename, const std::string& distance) {
  Json body = Json::object();
  for (const auto& [name, shape] : vectors.items()) {
    body["vectors"][name == rename.from ? rename.to : name] = WithoutNulls(shape);
  }
  body["vectors"][rename.to]["distance"] = distance;
  const Json params = At(info, {"config", "params"});
  for (const char* name : {"shard_number", "replication_factor", "write_consistency_factor", "on_disk_payload",
                           "sharding_method", "sparse_vectors"}) {
    if (const Json value = At(params, {name}); !value.is_null()) body[name] = value;
  }
  const Json config = At(info, {"config"});
  for (const auto& [read, write] : std::map<std::string, std::string>{{"hnsw_config", "hnsw_config"},
                                                                      {"optimizer_config", "optimizers_config"},
                                                                      {"wal_config", "wal_config"},
                                                                      {"quantization_config", "quantization_config"},
                                                                      {"strict_mode_config", "strict_mode_config"},
                                                                      {"metadata", "metadata"}}) {
    if (const Json value = At(config, {read.c_str()}); value.is_object()) body[write] = WithoutNulls(value);
  }
  return body;
}

std::map<std::string, Json> IndexesOf(const Json& info) {
  std::map<std::string, Json> indexes;
  const Json schema = At(info, {"payload_schema"});
  if (!schema.is_object()) return indexes;
  for (const auto& [field, description] : schema.items()) {
    if (!description.is_object()) continue;
    const Json params = At(description, {"params"});
    indexes[field] = params.is_object() && params.contains("type") ? params : At(description, {"data_type"});
  }
  return indexes;
}

}  // namespace

bool HasWantedVector(const Json& info, const WantedVector& wanted) {
  const Json shape = At(Named(At(info, {"config", "params", "vectors"})), {wanted.name.c_str()});
  return At(shape, {"size"}) == Json(wanted.size) && TextAt(shape, "distance") == wanted.distance;
}

absl::StatusOr<RevectorPlan> PlanRename(const Json& info, const std::vector<Json>& sample, const WantedVector& wanted) {
  const Json vectors = Named(At(info, {"config", "params", "vectors"}));
  RevectorPlan plan;
  if (HasWantedVector(info, wanted)) {
    plan.is_needed = false;
    return plan;
  }
  if (!wanted.is_model_known) {
    return Refuse("model_unknown",
                  "the MCP entry uses a model whose vectors' size is not known here, so nobody can "
                  "say whether these are its vectors" +
                      std::string(kExport));
  }
  ASSIGN_OR_RETURN(const std::string source, Source(vectors, wanted));
  const Json& shape = vectors[source];
  RETURN_IF_ERROR(CheckShape(shape, wanted));
  if (TextAt(info, "status") == "red") {
    return Refuse("status_red",
                  "the collection is red: a write failed; look at the server's disk, memory and log, or "
                  "restore a snapshot");
  }
  const Json shards = At(info, {"config", "params", "shard_number"});
  const Json replicas = At(info, {"config", "params", "replication_factor"});
  const auto is_many = [](const Json& number) { return number.is_number() && number != Json(1); };
  if (is_many(shards) || is_many(replicas)) {
    return Refuse("sharded",
                  "the collection is spread over several shards or replicas, which this repair does not "
                  "rebuild");
  }
  const bool none = !sample.empty() && std::none_of(sample.begin(), sample.end(),
                                                    [&](const Json& point) { return HasVector(point, source); });
  if (none) return Refuse("vectors_absent", std::string("the points that were looked at have no vectors") + kExport);
  ASSIGN_OR_RETURN(plan.is_model_proven, IsModelProven(source, sample, wanted));
  plan.rename = {source, wanted.name};
  plan.old_distance = TextAt(shape, "distance");
  plan.body = BodyOf(info, vectors, plan.rename, wanted.distance);
  plan.indexes = IndexesOf(info);
  return plan;
}

}  // namespace fleet::agent
