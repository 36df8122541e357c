#include "tests/support/qdrant_store.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace fleet {

namespace {

using Json = nlohmann::json;

[[noreturn]] void Fail(int status, const std::string& text) { throw QdrantError{status, text}; }
[[noreturn]] void FailFormat(const std::string& text) { Fail(400, "Format error in JSON body: " + text); }

bool IsUnnamed(const Json& vectors) {
  return vectors.is_object() && vectors.contains("size") && vectors["size"].is_number() &&
         vectors.contains("distance") && vectors["distance"].is_string();
}

const Json* Parameters(const Json& vectors, const std::string& name) {
  if (IsUnnamed(vectors)) return name.empty() ? &vectors : nullptr;
  const auto found = vectors.find(name);
  return found == vectors.end() ? nullptr : &*found;
}

std::string NamesOf(const Json& vectors) {
  if (IsUnnamed(vectors)) return "";
  std::string names;
  for (const auto& [name, parameters] : vectors.items()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

std::vector<float> Numbers(const Json& json) {
  if (!json.is_array()) FailFormat("data did not match any variant of untagged enum VectorStruct");
  std::vector<float> numbers;
  for (const Json& number : json) {
    if (!number.is_number()) FailFormat("invalid type, expected f32");
    numbers.push_back(number.get<float>());
  }
  return numbers;
}

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

// Cosine vectors are kept normalised; one that is already is left as it is.
void Normalise(std::vector<float>& vector) {
  const double length = std::sqrt(Dot(vector, vector));
  if (length == 0 || std::abs(length - 1) <= 1e-6) return;
  for (float& number : vector) number = static_cast<float>(static_cast<double>(number) / length);
}

const Json& Required(const Json& body, const char* name) {
  if (!body.is_object() || !body.contains(name)) FailFormat(std::string("missing field `") + name + "`");
  return body[name];
}

void CheckVectorsConfig(const Json& vectors) {
  const auto check = [](const Json& parameters) {
    if (!parameters.is_object() || !parameters.contains("size") || !parameters.contains("distance")) {
      FailFormat("data did not match any variant of untagged enum VectorsConfig");
    }
    const auto size = parameters["size"].is_number_integer() ? parameters["size"].get<std::int64_t>() : 0;
    if (size <= 0) FailFormat("invalid value: integer `0`, expected a nonzero usize");
    if (size > 65'536) Fail(422, "Validation error in JSON body: [vectors.size: value must be at most 65536]");
    const std::string distance = parameters["distance"].is_string() ? parameters["distance"].get<std::string>() : "";
    for (const char* known : {"Cosine", "Euclid", "Dot", "Manhattan"}) {
      if (distance == known) return;
    }
    FailFormat("unknown variant `" + distance + "`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`");
  };
  if (!vectors.is_object()) FailFormat("data did not match any variant of untagged enum VectorsConfig");
  if (IsUnnamed(vectors)) return check(vectors);
  for (const auto& [name, parameters] : vectors.items()) check(parameters);
}

}  // namespace

QdrantVersion QdrantVersion::Of(std::string_view text) {
  QdrantVersion version;
  version.patch = 0;
  const std::string copy(text);
  std::sscanf(copy.c_str(), "%d.%d.%d", &version.major, &version.minor, &version.patch);
  return version;
}

QdrantStore::PointId QdrantStore::PointId::Of(const Json& json) {
  const bool is_number = json.is_number_unsigned() || (json.is_number_integer() && json.get<std::int64_t>() >= 0);
  if (is_number) return {false, json.get<std::uint64_t>(), ""};
  if (json.is_string()) {
    std::string hex;
    for (const char c : json.get<std::string>()) {
      if (c != '-') hex += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    if (hex.size() == 32 && hex.find_first_not_of("0123456789abcdef") == std::string::npos) {
      return {true, 0,
              hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
                  hex.substr(20)};
    }
  }
  FailFormat("value " + json.dump() +
             " is not a valid point ID, valid values are either an unsigned integer or a UUID");
}

QdrantStore::PointId QdrantStore::PointId::OfText(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return {false, std::stoull(text), ""};
  try {
    return Of(Json(text));
  } catch (const QdrantError&) {
    Fail(400, "Wrong input: Can not recognize \"" + text + "\" as point id");
  }
}

void QdrantStore::Create(const std::string& name, const Json& body) {
  if (name.empty() || name.size() > 255 || name.find_first_of("<>:\"/\\|?*") != std::string::npos) {
    Fail(422, "Validation error in path parameters: [collection_name: invalid]");
  }
  if (collections_.count(name) > 0) Fail(409, "Wrong input: Collection `" + name + "` already exists!");
  if (aliases_.count(name) > 0) {
    Fail(400, "Wrong input: Can't create collection with name " + name + ". Alias with the same name already exists");
  }
  const Json vectors = body.is_object() && body.contains("vectors") ? body["vectors"] : Json::object();
  CheckVectorsConfig(vectors);
  const std::string folder = Folder(name);
  if (std::filesystem::exists(folder + "/config.json")) {
    Fail(400,
         "Wrong input: Can't create collection with name " + name + ". Collection data already exists at " + folder);
  }
  std::filesystem::remove_all(folder);  // what could not be loaded is lost here, as with the real one
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/config.json") << Json{{"params", {{"vectors", vectors}}}}.dump();
  Collection& collection = collections_[name];
  collection.vectors = vectors;
  if (body.is_object()) collection.config = body;
  collection.config.erase("vectors");
}

bool QdrantStore::Delete(const std::string& name) {
  std::erase_if(aliases_, [&](const auto& alias) { return alias.second == name; });
  std::filesystem::remove_all(Folder(name));
  return collections_.erase(name) > 0;
}

bool QdrantStore::Exists(const std::string& name) const { return collections_.count(RealName(name)) > 0; }

std::string QdrantStore::RealName(const std::string& name) const {
  const auto alias = aliases_.find(name);
  return alias == aliases_.end() ? name : alias->second;
}

QdrantStore::Collection& QdrantStore::Get(const std::string& name) {
  const auto found = collections_.find(RealName(name));
  if (found == collections_.end()) Fail(404, "Not found: Collection `" + name + "` doesn't exist!");
  return found->second;
}

Json QdrantStore::List() const {
  Json list = Json::array();
  for (const auto& [name, collection] : collections_) list.push_back({{"name", name}});
  return {{"collections", list}};
}

Json QdrantStore::Info(const std::string& name) {
  const Collection& collection = Get(name);
  Json optimizer = "ok";
  if (!collection.optimizer_error.empty()) optimizer = {{"error", collection.optimizer_error}};
  Json info = {
      {"status", collection.status},
      {"optimizer_status", optimizer},
      {"indexed_vectors_count", 0},
      {"points_count", collection.points.size()},
      {"segments_count", 8},
      {"config",
       {{"params",
         {{"vectors", collection.vectors},
          {"shard_number", 1},
          {"replication_factor", 1},
          {"write_consistency_factor", 1},
          {"on_disk_payload", true}}},
        {"hnsw_config", {{"m", 16}, {"ef_construct", 100}, {"full_scan_threshold", 10000}}},
        {"optimizer_config", {{"deleted_threshold", 0.2}, {"indexing_threshold", 20000}, {"flush_interval_sec", 5}}},
        {"wal_config", {{"wal_capacity_mb", 32}, {"wal_segments_ahead", 0}}},
        {"quantization_config", nullptr}}},
      {"payload_schema", collection.payload_schema}};
  // As read: the optimisers' part has another name, and some lie with the parameters.
  for (const auto& [key, value] : collection.config.items()) {
    const bool is_object = value.is_object() && key != "sparse_vectors";
    Json& place = is_object ? info["config"][key == "optimizers_config" ? "optimizer_config" : key]
                            : info["config"]["params"][key];
    if (place.is_object()) {
      place.update(value);
    } else {
      place = value;
    }
  }
  if (version_ < QdrantVersion{1, 15, 5}) info["vectors_count"] = collection.points.size();
  if (version_ >= QdrantVersion{1, 17, 0}) info["update_queue"] = {{"length", 0}};
  return info;
}

// Any change of the optimizers' configuration starts them.
void QdrantStore::Patch(const std::string& name, const Json& body) {
  Collection& collection = Get(name);
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) collection.config[key].update(value);
  }
  if (collection.status == "grey") collection.status = "green";
}

void QdrantStore::AddVector(const std::string& name, const std::string& vector, const Json& body) {
  Collection& collection = Get(name);
  const Json parameters = {{"size", Required(body, "size")}, {"distance", Required(body, "distance")}};
  CheckVectorsConfig(parameters);
  if (IsUnnamed(collection.vectors)) collection.vectors = Json{{"", collection.vectors}};
  if (collection.vectors.contains(vector)) Fail(409, "Wrong input: Vector `" + vector + "` already exists");
  collection.vectors[vector] = parameters;
}

std::string QdrantStore::MissingNameText(const Collection& collection, const std::string& name) const {
  if (version_ >= QdrantVersion{1, 16, 0}) return "Wrong input: Not existing vector name error: " + name;
  if (version_ < QdrantVersion{1, 12, 2})
    return "Wrong input: Vector params for " + name + " are not specified in config";
  const std::string names = NamesOf(collection.vectors);
  if (name.empty()) {
    return "Wrong input: Collection requires specified vector name in the request, available names: " + names;
  }
  if (names.empty()) return "Wrong input: Vector with name " + name + " is not configured in this collection";
  return "Wrong input: Vector with name `" + name + "` is not configured in this collection, available names: " + names;
}

void QdrantStore::CheckVector(const Collection& collection, const std::string& name,
                              const std::vector<float>& vector) const {
  const Json* parameters = Parameters(collection.vectors, name);
  if (parameters == nullptr) Fail(400, "Wrong input: Not existing vector name error: " + name);
  const auto size = (*parameters)["size"].get<std::size_t>();
  if (vector.size() == size) return;
  const char* what = version_ < QdrantVersion{1, 9, 3} ? "Vector inserting error" : "Vector dimension error";
  Fail(400, std::string("Wrong input: ") + what + ": expected dim: " + std::to_string(size) + ", got " +
                std::to_string(vector.size()));
}

QdrantStore::Point QdrantStore::PointOf(const Collection& collection, const Json& json) const {
  Point point;
  point.payload = json.contains("payload") && json["payload"].is_object() ? json["payload"] : Json::object();
  const Json& vector = Required(json, "vector");
  if (vector.is_array()) {
    point.vectors[""] = Numbers(vector);
  } else if (vector.is_object()) {
    for (const auto& [name, numbers] : vector.items()) point.vectors[name] = Numbers(numbers);
  } else {
    FailFormat("data did not match any variant of untagged enum VectorStruct");
  }
  for (auto& [name, numbers] : point.vectors) {
    CheckVector(collection, name, numbers);
    if ((*Parameters(collection.vectors, name))["distance"] == "Cosine") Normalise(numbers);
  }
  return point;
}

Json QdrantStore::Upsert(const std::string& name, const Json& body, bool wait) {
  Collection& collection = Get(name);
  std::vector<Json> points;
  if (body.is_object() && body.contains("batch")) {
    const Json& batch = body["batch"];
    const Json& ids = Required(batch, "ids");
    for (std::size_t i = 0; i < ids.size(); ++i) {
      Json point = {{"id", ids[i]}};
      const Json& vectors = Required(batch, "vectors");
      if (vectors.is_array()) {
        point["vector"] = vectors.at(i);
      } else {
        for (const auto& [key, list] : vectors.items()) point["vector"][key] = list.at(i);
      }
      if (batch.contains("payloads")) point["payload"] = batch["payloads"].at(i);
      points.push_back(std::move(point));
    }
  } else {
    for (const Json& point : Required(body, "points")) points.push_back(point);
  }
  const std::uint64_t operation = collection.operations++;
  std::vector<PointId> ids;
  for (const Json& point : points) ids.push_back(PointId::Of(Required(point, "id")));
  // No transaction: the good points of a refused request may stay.
  std::optional<QdrantError> first;
  for (std::size_t i = 0; i < points.size(); ++i) {
    try {
      Point point = PointOf(collection, points[i]);
      point.version = operation;
      collection.points[ids[i]] = std::move(point);
    } catch (const QdrantError& error) {
      if (!first) first = error;
    }
  }
  if (first && wait) throw QdrantError(*first);
  return {{"operation_id", operation}, {"status", wait ? "completed" : "acknowledged"}};
}

Json QdrantStore::SetVectors(const std::string& name, const Json& body, bool wait) {
  Collection& collection = Get(name);
  const std::uint64_t operation = collection.operations++;
  for (const Json& json : Required(body, "points")) {
    const PointId id = PointId::Of(Required(json, "id"));
    const auto found = collection.points.find(id);
    if (found == collection.points.end()) Fail(404, "Not found: No point with id " + id.json().dump() + " found");
    for (auto& [vector, numbers] : PointOf(collection, json).vectors) found->second.vectors[vector] = numbers;
    found->second.version = operation;
  }
  return {{"operation_id", operation}, {"status", wait ? "completed" : "acknowledged"}};
}

Json QdrantStore::DeletePoints(const std::string& name, const Json& body) {
  Collection& collection = Get(name);
  for (const Json& id : Required(body, "points")) collection.points.erase(PointId::Of(id));
  return {{"operation_id", collection.operations++}, {"status", "completed"}};
}

Json QdrantStore::CountPoints(const std::string& name) { return {{"count", Get(name).points.size()}}; }

Json QdrantStore::PointJson(const Collection& collection, const PointId& id, const Point& point, bool payload,
                            bool vector) const {
  const bool nulls = version_ < QdrantVersion{1, 10, 0};
  Json json = {{"id", id.json()}};
  if (payload) {
    json["payload"] = point.payload;
  } else if (nulls) {
    json["payload"] = nullptr;
  }
  if (vector && IsUnnamed(collection.vectors)) {
    json["vector"] = point.vectors.count("") > 0 ? Json(point.vectors.at("")) : Json::object();
  } else if (vector) {
    json["vector"] = Json(point.vectors);
  } else if (nulls) {
    json["vector"] = nullptr;
  }
  return json;
}

Json QdrantStore::Scroll(const std::string& name, const Json& body) {
  const Collection& collection = Get(name);
  const std::uint64_t limit = body.value("limit", std::uint64_t{10});
  if (limit == 0) Fail(422, "Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]");
  auto at = collection.points.begin();
  if (body.contains("offset") && !body["offset"].is_null())
    at = collection.points.lower_bound(PointId::Of(body["offset"]));
  const bool payload = !body.contains("with_payload") || body["with_payload"] != Json(false);
  const bool vector = body.value("with_vector", body.value("with_vectors", false));
  Json points = Json::array();
  for (; at != collection.points.end() && points.size() < limit; ++at) {
    points.push_back(PointJson(collection, at->first, at->second, payload, vector));
  }
  return {{"points", points}, {"next_page_offset", at == collection.points.end() ? Json(nullptr) : at->first.json()}};
}

Json QdrantStore::Retrieve(const std::string& name, const Json& body) {
  const Collection& collection = Get(name);
  Json points = Json::array();
  for (const Json& id : Required(body, "ids")) {
    const auto found = collection.points.find(PointId::Of(id));
    if (found == collection.points.end()) continue;
    points.push_back(PointJson(collection, found->first, found->second, body.value("with_payload", true),
                               body.value("with_vector", false)));
  }
  return points;
}

Json QdrantStore::RetrieveOne(const std::string& name, const std::string& id) {
  const Collection& collection = Get(name);
  const auto found = collection.points.find(PointId::OfText(id));
  if (found == collection.points.end()) Fail(404, "Not found: Point with id " + id + " does not exists!");
  return PointJson(collection, found->first, found->second, true, true);
}

Json QdrantStore::Ranked(const Collection& collection, const std::string& name, const Json& vector,
                         const Json& body) const {
  if (!body.contains("limit") && !body.contains("top")) FailFormat("missing field `limit`");
  const std::uint64_t limit =
      body.contains("limit") ? body["limit"].get<std::uint64_t>() : body["top"].get<std::uint64_t>();
  if (limit == 0) Fail(422, "Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]");
  if (Parameters(collection.vectors, name) == nullptr) Fail(400, MissingNameText(collection, name));
  std::vector<float> asked = Numbers(vector);
  CheckVector(collection, name, asked);
  if ((*Parameters(collection.vectors, name))["distance"] == "Cosine") Normalise(asked);
  std::vector<std::pair<double, PointId>> ranking;
  for (const auto& [id, point] : collection.points) {
    const auto own = point.vectors.find(name);
    if (own != point.vectors.end()) ranking.emplace_back(Dot(asked, own->second), id);
  }
  std::stable_sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (ranking.size() > limit) ranking.resize(limit);
  Json list = Json::array();
  for (const auto& [score, id] : ranking) {
    const Point& point = collection.points.at(id);
    Json json = PointJson(collection, id, point, body.value("with_payload", false), body.value("with_vector", false));
    json["score"] = score;
    json["version"] = point.version;
    list.push_back(std::move(json));
  }
  return list;
}

Json QdrantStore::Search(const std::string& name, const Json& body) {
  const Json& vector = Required(body, "vector");
  if (vector.is_object()) {
    return Ranked(Get(name), Required(vector, "name").get<std::string>(), Required(vector, "vector"), body);
  }
  return Ranked(Get(name), "", vector, body);
}

Json QdrantStore::Query(const std::string& name, const Json& body) {
  return {{"points", Ranked(Get(name), body.value("using", ""), Required(body, "query"), body)}};
}

void QdrantStore::ChangeAliases(const Json& body) {
  for (const Json& action : Required(body, "actions")) {
    if (action.contains("create_alias")) {
      const auto collection = action["create_alias"].at("collection_name").get<std::string>();
      const auto alias = action["create_alias"].at("alias_name").get<std::string>();
      if (collections_.count(collection) == 0) Fail(404, "Not found: Collection `" + collection + "` doesn't exist!");
      if (collections_.count(alias) > 0) Fail(409, "Wrong input: Collection `" + alias + "` already exists!");
      aliases_[alias] = collection;
    } else if (action.contains("delete_alias")) {
      aliases_.erase(action["delete_alias"].at("alias_name").get<std::string>());
    } else if (action.contains("rename_alias")) {
      const auto from = action["rename_alias"].at("old_alias_name").get<std::string>();
      if (aliases_.count(from) == 0) Fail(404, "Not found: Alias " + from + " does not exists!");
      aliases_[action["rename_alias"].at("new_alias_name").get<std::string>()] = aliases_[from];
      aliases_.erase(from);
    }
  }
}

Json QdrantStore::Aliases(const std::string& of) const {
  Json list = Json::array();
  for (const auto& [alias, collection] : aliases_) {
    if (of.empty() || collection == of) list.push_back({{"alias_name", alias}, {"collection_name", collection}});
  }
  return {{"aliases", list}};
}

Json QdrantStore::Dump(const std::string& name) {
  const Collection& collection = Get(name);
  Json points = Json::array();
  for (const auto& [id, point] : collection.points) {
    points.push_back({{"id", id.json()}, {"payload", point.payload}, {"vectors", point.vectors}});
  }
  return {{"vectors", collection.vectors}, {"config", collection.config}, {"points", points}};
}

void QdrantStore::Restore(const std::string& name, const Json& dump) {
  if (!Exists(name)) {
    Json body = dump.value("config", Json::object());
    body["vectors"] = dump.at("vectors");
    Create(name, body);
  }
  Collection& collection = Get(name);
  if (collection.vectors != dump.at("vectors")) {
    Fail(400, "Wrong input: Snapshot is not compatible with existing collection: Collection vectors: " +
                  collection.vectors.dump() + " Snapshot Vectors: " + dump.at("vectors").dump());
  }
  collection.points.clear();
  for (const Json& json : dump.at("points")) {
    Point point;
    point.payload = json.at("payload");
    for (const auto& [vector, numbers] : json.at("vectors").items()) point.vectors[vector] = Numbers(numbers);
    collection.points[PointId::Of(json.at("id"))] = std::move(point);
  }
}

}  // namespace fleet
