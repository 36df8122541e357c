#include "agent/qdrant/admin.h"

#include <algorithm>
#include <set>

#include "agent/qdrant/reason.h"
#include "agent/qdrant/server_json.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::json;
using Kind = QdrantProblem::Kind;

constexpr int kTries = 4;
constexpr std::int64_t kMostSecondsOfPause = 30;
constexpr int kLooks = 30;  // for a snapshot whose answer was lost

// Servers before 1.16 can be locked against all writes; who did it may be gone.
bool IsLocked(const QdrantProblem& problem) { return problem.text.rfind("Storage locked", 0) == 0; }

const char* WordOf(const QdrantProblem& problem) {
  switch (problem.kind) {
    case Kind::kRefused: return "server_down";
    case Kind::kTimedOut: return "timeout";
    case Kind::kClosed: return "connection_closed";
    case Kind::kUnreachable: return "unreachable";
    case Kind::kUnauthorized: return IsLocked(problem) ? "storage_locked" : "key_refused";
    case Kind::kMissing: return "missing";
    case Kind::kNoSuchPath: return "unsupported";
    case Kind::kFailed: return problem.status == 503 ? "busy" : "server_error";
    case Kind::kRejected: return problem.status == 429 ? "busy" : "rejected";
    case Kind::kForeign: break;
  }
  return problem.text == "answer too large" ? "too_large" : "wrong_service";
}

absl::Status StatusOf(const QdrantProblem& problem) {
  std::string text = "the Qdrant server did not do " + problem.call + ": " + ToUtf8(problem.text);
  if (problem.status != 0) text += " (HTTP " + std::to_string(problem.status) + ")";
  switch (problem.kind) {
    case Kind::kRefused: text += "; start it (dgmo-agent qdrant restart)"; break;
    case Kind::kUnauthorized:
      text += IsLocked(problem) ? "; somebody has locked the server against writing: unlock it (POST /locks), or "
                                  "restart it"
                                : "; give the key in the MCP entry's QDRANT_API_KEY";
      break;
    case Kind::kForeign: text += "; see what listens there (dgmo-agent qdrant status)"; break;
    default: break;
  }
  return problem.status == 409 ? AlreadyExists(text) : Fail(WordOf(problem), text);
}

template <class Value>
absl::StatusOr<Value> Taken(QdrantResult<Value> result) {
  if (auto* value = std::get_if<Value>(&result)) return std::move(*value);
  return StatusOf(std::get<QdrantProblem>(result));
}

bool IsPassing(const QdrantProblem& problem) {
  return problem.kind == Kind::kFailed || problem.kind == Kind::kClosed || problem.status == 429;
}

std::chrono::seconds PauseOf(const QdrantProblem& problem, int tries) {
  return std::chrono::seconds(std::clamp<std::int64_t>(problem.retry_after_s, tries, kMostSecondsOfPause));
}

// Whether the server may have done it although no answer came.
bool IsAnswerLost(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  return reason == "timeout" || reason == "connection_closed" || reason == "wrong_service";
}

absl::StatusOr<ServerSnapshot> SnapshotOf(const Json& json) {
  // The name becomes part of a path.
  const std::string name = TextAt(json, "name");
  if (name.empty() || name.find('/') != std::string::npos) return Fail("wrong_service", "no snapshot in the answer");
  ServerSnapshot snapshot{.name = name, .size = {}, .checksum = TextAt(json, "checksum")};
  if (const Json size = At(json, {"size"}); size.is_number_unsigned()) snapshot.size = size.get<std::int64_t>();
  return snapshot;
}

std::string PathOf(const std::string& collection) { return "/collections/" + UrlEncoded(collection); }

}  // namespace

QdrantAdmin::QdrantAdmin(Options options, const Clock& clock)
    : options_(std::move(options)),
      client_({.url = options_.url,
               .api_key = options_.api_key,
               .connect_limit = options_.connect_limit,
               .total_limit = options_.answer_limit,
               .max_body = options_.max_answer},
              clock) {}

HttpRequest QdrantAdmin::RequestOf(const std::string& method, const std::string& path,
                                   std::chrono::milliseconds limit) const {
  HttpRequest request;
  request.method = method;
  request.url = path;
  request.connect_limit = options_.connect_limit;
  request.total_limit = limit;
  return request;
}

absl::StatusOr<Json> QdrantAdmin::Once(const HttpRequest& request, const std::string& shown) const {
  for (int i = 1;; ++i) {
    QdrantResult<Json> result = client_.Ask(request, shown);
    const auto* problem = std::get_if<QdrantProblem>(&result);
    const bool not_begun = problem != nullptr && (problem->status == 429 || problem->status == 503);
    if (!not_begun || i == kTries) return Taken(std::move(result));
    options_.pause(PauseOf(*problem, i));
  }
}

absl::StatusOr<Json> QdrantAdmin::Repeat(const std::string& method, const std::string& path, const std::string& shown,
                                         const std::string& body) const {
  for (int i = 1;; ++i) {
    QdrantResult<Json> result = client_.Ask(method, path, shown, body);
    const auto* problem = std::get_if<QdrantProblem>(&result);
    if (problem == nullptr || !IsPassing(*problem) || i == kTries) return Taken(std::move(result));
    options_.pause(PauseOf(*problem, i));
  }
}

absl::StatusOr<std::string> QdrantAdmin::Version() const { return Taken(client_.Title()); }

absl::Status QdrantAdmin::Ready() const {
  const std::optional<QdrantProblem> problem = client_.NotReady();
  return problem ? StatusOf(*problem) : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> QdrantAdmin::Collections() const { return Taken(client_.Collections()); }

absl::StatusOr<std::optional<Json>> QdrantAdmin::Find(const std::string& collection) const {
  absl::StatusOr<Json> result = Repeat("GET", PathOf(collection), "/collections/{c}");
  if (result.ok()) return std::optional(*std::move(result));
  if (ReasonOf(result.status()) == "missing") return std::nullopt;
  return result.status();
}

absl::StatusOr<std::int64_t> QdrantAdmin::Count(const std::string& collection) const {
  ASSIGN_OR_RETURN(const Json result, Repeat("POST", PathOf(collection) + "/points/count",
                                             "/collections/{c}/points/count", R"({"exact":true})"));
  const std::optional<std::int64_t> count = ParseCount(result);
  return count ? absl::StatusOr<std::int64_t>(*count) : Fail("wrong_service", "no count in the answer");
}

absl::StatusOr<PointPage> QdrantAdmin::Scroll(const std::string& collection, const Json& from, int limit, bool payload,
                                              bool vector) const {
  Json body = {{"limit", limit}, {"with_payload", payload}, {"with_vector", vector}};
  if (!from.is_null()) body["offset"] = from;
  absl::StatusOr<Json> answer =
      Repeat("POST", PathOf(collection) + "/points/scroll", "/collections/{c}/points/scroll", body.dump());
  if (ReasonOf(answer.status()) == "too_large" && limit > 1) {
    return Scroll(collection, from, limit / 2, payload, vector);
  }
  ASSIGN_OR_RETURN(Json result, std::move(answer));
  const auto points = result.find("points");
  if (points == result.end() || !points->is_array()) return Fail("wrong_service", "no points in the answer");
  PointPage page;
  for (Json& point : *points) {
    if (!point.is_object() || !point.contains("id")) return Fail("wrong_service", "a point without id in the answer");
    page.points.push_back(std::move(point));
  }
  page.next = At(result, {"next_page_offset"});
  return page;
}

absl::StatusOr<std::vector<Json>> QdrantAdmin::Points(const std::string& collection,
                                                      const std::vector<Json>& ids) const {
  const Json body = {{"ids", ids}, {"with_payload", true}, {"with_vector", true}};
  absl::StatusOr<Json> answer = Repeat("POST", PathOf(collection) + "/points", "/collections/{c}/points", body.dump());
  if (ReasonOf(answer.status()) == "too_large" && ids.size() > 1) {
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    ASSIGN_OR_RETURN(std::vector<Json> points, Points(collection, {ids.begin(), middle}));
    ASSIGN_OR_RETURN(std::vector<Json> others, Points(collection, {middle, ids.end()}));
    points.insert(points.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    return points;
  }
  ASSIGN_OR_RETURN(Json result, std::move(answer));
  if (!result.is_array()) return Fail("wrong_service", "no points in the answer");
  return std::vector<Json>(std::make_move_iterator(result.begin()), std::make_move_iterator(result.end()));
}

absl::StatusOr<Json> QdrantAdmin::Nearest(const std::string& collection, const std::string& vector_name,
                                          const Json& vector) const {
  // Older servers have points/search only; newer ones may lose it.
  ASSIGN_OR_RETURN(const std::string version, Version());
  const bool query = IsVersionAtLeast(version, 1, 10);
  const Json body = query ? Json{{"query", vector}, {"using", vector_name}, {"limit", 1}}
                          : Json{{"vector", {{"name", vector_name}, {"vector", vector}}}, {"limit", 1}};
  const std::string call = query ? "/points/query" : "/points/search";
  ASSIGN_OR_RETURN(Json result, Repeat("POST", PathOf(collection) + call, "/collections/{c}" + call, body.dump()));
  const Json found = query ? At(result, {"points"}) : result;
  if (!found.is_array() || found.empty()) return Fail("not_found", "a search for a stored vector finds nothing");
  return found.front();
}

absl::StatusOr<std::vector<std::string>> QdrantAdmin::Aliases(const std::string& collection) const {
  ASSIGN_OR_RETURN(const Json result, Repeat("GET", PathOf(collection) + "/aliases", "/collections/{c}/aliases"));
  std::vector<std::string> names;
  for (const Json& alias : At(result, {"aliases"})) {
    if (TextAt(alias, "collection_name") == collection) {
      names.push_back(TextAt(alias, "alias_name"));
    }
  }
  return names;
}

absl::Status QdrantAdmin::Create(const std::string& collection, const Json& body) const {
  for (int i = 1;; ++i) {
    QdrantResult<Json> result = client_.Ask("PUT", PathOf(collection), "/collections/{c}", body.dump());
    const auto* problem = std::get_if<QdrantProblem>(&result);
    if (problem == nullptr) return absl::OkStatus();
    // Made by the call before, whose answer did not come.
    if (problem->status == 409 && i > 1) return absl::OkStatus();
    if (!IsPassing(*problem) || i == kTries) return StatusOf(*problem);
    options_.pause(PauseOf(*problem, i));
  }
}

absl::Status QdrantAdmin::Delete(const std::string& collection) const {
  return Repeat("DELETE", PathOf(collection), "/collections/{c}").status();
}

absl::Status QdrantAdmin::Patch(const std::string& collection, const Json& body) const {
  return Repeat("PATCH", PathOf(collection), "/collections/{c}", body.dump()).status();
}

absl::Status QdrantAdmin::Upsert(const std::string& collection, const std::vector<Json>& points) const {
  if (points.empty()) return absl::OkStatus();
  const std::string body = Json{{"points", points}}.dump();
  if (body.size() > options_.max_request && points.size() > 1) {
    const auto middle = points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2);
    RETURN_IF_ERROR(Upsert(collection, {points.begin(), middle}));
    return Upsert(collection, {middle, points.end()});
  }
  ASSIGN_OR_RETURN(const Json result,
                   Repeat("PUT", PathOf(collection) + "/points?wait=true", "/collections/{c}/points?wait=true", body));
  if (TextAt(result, "status") == "completed") return absl::OkStatus();
  return Fail("not_completed", "the server took points without saying that they are stored");
}

absl::Status QdrantAdmin::IndexPayload(const std::string& collection, const std::string& field,
                                       const Json& schema) const {
  const Json body = {{"field_name", field}, {"field_schema", schema}};
  return Repeat("PUT", PathOf(collection) + "/index?wait=true", "/collections/{c}/index?wait=true", body.dump())
      .status();
}

absl::Status QdrantAdmin::AddAlias(const std::string& alias, const std::string& collection) const {
  const Json body = {{"actions", {{{"create_alias", {{"collection_name", collection}, {"alias_name", alias}}}}}}};
  return Repeat("POST", "/collections/aliases", "/collections/aliases", body.dump()).status();
}

absl::StatusOr<std::vector<ServerSnapshot>> QdrantAdmin::Snapshots(const std::string& collection) const {
  ASSIGN_OR_RETURN(const Json result, Repeat("GET", PathOf(collection) + "/snapshots", "/collections/{c}/snapshots"));
  if (!result.is_array()) return Fail("wrong_service", "no list of snapshots in the answer");
  std::vector<ServerSnapshot> snapshots;
  for (const Json& json : result) {
    ASSIGN_OR_RETURN(ServerSnapshot snapshot, SnapshotOf(json));
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

absl::StatusOr<ServerSnapshot> QdrantAdmin::MakeSnapshot(const std::string& collection) const {
  ASSIGN_OR_RETURN(const std::vector<ServerSnapshot> before, Snapshots(collection));
  const absl::StatusOr<Json> made =
      Once(RequestOf("POST", PathOf(collection) + "/snapshots?wait=true", options_.work_limit),
           "/collections/{c}/snapshots?wait=true");
  if (made.ok()) return SnapshotOf(*made);
  if (!IsAnswerLost(made.status())) return made.status();
  std::set<std::string> known;
  for (const ServerSnapshot& snapshot : before) known.insert(snapshot.name);
  for (int i = 0; i < kLooks; ++i) {
    options_.pause(std::chrono::seconds(2));
    ASSIGN_OR_RETURN(const std::vector<ServerSnapshot> now, Snapshots(collection));
    for (const ServerSnapshot& snapshot : now) {
      if (known.count(snapshot.name) == 0) return snapshot;
    }
  }
  return made.status();
}

absl::Status QdrantAdmin::DeleteSnapshot(const std::string& collection, const std::string& name) const {
  const absl::Status status = Repeat("DELETE", PathOf(collection) + "/snapshots/" + UrlEncoded(name) + "?wait=true",
                                     "/collections/{c}/snapshots/{s}?wait=true")
                                  .status();
  return ReasonOf(status) == "missing" ? absl::OkStatus() : status;
}

absl::Status QdrantAdmin::Download(const std::string& collection, const std::string& snapshot,
                                   std::function<bool(std::string_view)> sink) const {
  HttpRequest request = RequestOf("GET", PathOf(collection) + "/snapshots/" + UrlEncoded(snapshot), {});
  request.stall_limit = options_.stall_limit;
  request.sink = std::move(sink);
  const std::optional<QdrantProblem> problem = client_.Receive(std::move(request), "/collections/{c}/snapshots/{s}");
  return problem ? StatusOf(*problem) : absl::OkStatus();
}

absl::Status QdrantAdmin::Upload(const std::string& collection, const std::string& path,
                                 const std::string& sha256) const {
  HttpRequest request =
      RequestOf("POST", PathOf(collection) + "/snapshots/upload?priority=snapshot&wait=true&checksum=" + sha256,
                options_.work_limit);
  request.form = FormFile{"snapshot", path};
  return Once(std::move(request), "/collections/{c}/snapshots/upload?wait=true").status();
}

}  // namespace fleet::agent
