#include "agent/probe/qdrant_answers.h"

#include <algorithm>
#include <charconv>

#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxErrorBytes = 200;
constexpr std::size_t kMaxVectors = 64;
constexpr std::size_t kMaxExamples = 5;

Json Parse(std::string_view text) { return Json::parse(text.begin(), text.end(), nullptr, false); }

const Json* Member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

std::string TextOf(const Json* json) {
  return json != nullptr && json->is_string() ? json->get_ref<const std::string&>() : "";
}

std::optional<std::int64_t> WholeNumber(const Json* json) {
  if (json == nullptr || !json->is_number_integer()) return std::nullopt;
  if (json->is_number_unsigned() && json->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
    return std::nullopt;
  }
  const auto number = json->get<std::int64_t>();
  return number < 0 ? std::nullopt : std::optional(number);
}

// Cut between characters.
std::string Shortened(std::string_view text) {
  std::string whole = ToUtf8(text);
  if (whole.size() <= kMaxErrorBytes) return whole;
  std::size_t end = kMaxErrorBytes;
  while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0U) == 0x80U) --end;
  return whole.substr(0, end);
}

// One dense vector's parameters; several vectors a point ("multivector") are not what the MCP server writes.
std::optional<VectorShape> ParseVector(const Json& json) {
  const std::optional<std::int64_t> size = WholeNumber(Member(json, "size"));
  const std::string distance = TextOf(Member(json, "distance"));
  if (!size || distance.empty()) return std::nullopt;
  return VectorShape{*size, ToUtf8(distance)};
}

bool ParseVectors(const Json* vectors, CollectionFacts& facts) {
  if (vectors == nullptr || !vectors->is_object()) return false;
  if (const std::optional<VectorShape> unnamed = ParseVector(*vectors)) {
    facts.vectors[""] = *unnamed;
    return true;
  }
  for (const auto& [name, parameters] : vectors->items()) {
    const std::optional<VectorShape> shape = ParseVector(parameters);
    if (!shape) return false;
    if (facts.vectors.size() < kMaxVectors) facts.vectors[name] = *shape;
  }
  return true;
}

std::string IdText(const Json* id) {
  if (id == nullptr) return "";
  return ToUtf8(id->is_string() ? id->get<std::string>() : id->dump(-1, ' ', false, Json::error_handler_t::replace));
}

const Json* Points(const Json& result) {
  const Json* points = Member(result, "points");
  return points != nullptr && points->is_array() ? points : nullptr;
}

}  // namespace

QdrantReply ParseReply(int status, std::string_view body) {
  QdrantReply reply;
  reply.status = status;
  Json json = Parse(body);
  const Json* state = Member(json, "status");
  const Json* error = state == nullptr ? nullptr : Member(*state, "error");
  const bool is_envelope = state != nullptr && (state->is_string() || (error != nullptr && error->is_string()));
  reply.error = Shortened(TextOf(error));
  if (status == 401 || status == 403) {
    reply.kind = QdrantReply::Kind::kUnauthorized;
  } else if (status >= 500) {
    reply.kind = QdrantReply::Kind::kFailed;
  } else if (status == 200 && is_envelope && error == nullptr && Member(json, "result") != nullptr) {
    reply.kind = QdrantReply::Kind::kResult;
    reply.result = std::move(json["result"]);
  } else if (status == 404) {
    reply.kind = is_envelope    ? QdrantReply::Kind::kMissing
                 : body.empty() ? QdrantReply::Kind::kNoSuchPath
                                : QdrantReply::Kind::kForeign;
  } else if (status >= 400 && is_envelope) {
    reply.kind = QdrantReply::Kind::kRejected;
  }
  return reply;
}

std::optional<std::string> ParseTitle(std::string_view body) {
  const Json json = Parse(body);
  std::string title = TextOf(Member(json, "title"));
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (title.find("qdrant") == std::string::npos) return std::nullopt;
  return Shortened(TextOf(Member(json, "version")));
}

bool IsVersionAtLeast(std::string_view version, int major, int minor) {
  int parts[2] = {0, 0};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (int& part : parts) {
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc()) return true;
    at = next == end ? end : next + 1;
  }
  return parts[0] != major ? parts[0] > major : parts[1] >= minor;
}

std::optional<std::vector<std::string>> ParseCollectionNames(const Json& result) {
  const Json* list = Member(result, "collections");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& entry : *list) {
    const Json* name = Member(entry, "name");
    if (name == nullptr || !name->is_string()) return std::nullopt;
    names.push_back(name->get<std::string>());
  }
  return names;
}

std::optional<CollectionFacts> ParseCollection(const Json& result) {
  const Json* config = Member(result, "config");
  const Json* parameters = config == nullptr ? nullptr : Member(*config, "params");
  if (parameters == nullptr) return std::nullopt;
  CollectionFacts facts;
  facts.status = Shortened(TextOf(Member(result, "status")));
  if (!ParseVectors(Member(*parameters, "vectors"), facts)) return std::nullopt;
  if (const Json* optimizer = Member(result, "optimizer_status"); optimizer != nullptr && optimizer->is_object()) {
    facts.optimizer_error = Shortened(TextOf(Member(*optimizer, "error")));
    if (facts.optimizer_error.empty()) facts.optimizer_error = "without a text";
  }
  return facts;
}

std::optional<std::int64_t> ParseCount(const Json& result) { return WholeNumber(Member(result, "count")); }

std::optional<PointSample> ParseSample(const Json& result) {
  const Json* points = Points(result);
  if (points == nullptr) return std::nullopt;
  PointSample sample;
  for (const Json& point : *points) {
    ++sample.points;
    const Json* payload = Member(point, "payload");
    const Json* document = payload == nullptr ? nullptr : Member(*payload, "document");
    if (document != nullptr && document->is_string()) continue;
    ++sample.without_document;
    if (sample.example_ids.size() < kMaxExamples) sample.example_ids.push_back(IdText(Member(point, "id")));
  }
  return sample;
}

std::optional<std::string> FirstVector(const Json& result, std::string_view name) {
  const Json* points = Points(result);
  if (points == nullptr) return std::nullopt;
  for (const Json& point : *points) {
    const Json* vector = Member(point, "vector");
    // The unnamed vector comes bare, or under "" where there are named ones too.
    if (vector != nullptr && !(name.empty() && vector->is_array())) {
      vector = Member(*vector, std::string(name).c_str());
    }
    const auto is_number = [](const Json& value) { return value.is_number(); };
    if (vector == nullptr || !vector->is_array() || vector->empty()) continue;
    if (std::all_of(vector->begin(), vector->end(), is_number)) return vector->dump();
  }
  return std::nullopt;
}

std::optional<std::int64_t> ParseManifestCount(std::string_view text) {
  const Json json = Parse(text);
  for (const char* name : {"exact_count", "points", "points_count", "count"}) {
    if (const std::optional<std::int64_t> count = WholeNumber(Member(json, name))) return count;
  }
  return std::nullopt;
}

}  // namespace fleet::agent
