#include "agent/probe/qdrant_client.h"

#include <algorithm>
#include <array>

namespace fleet::agent {

namespace {

using Json = nlohmann::json;
using Kind = QdrantProblem::Kind;

constexpr int kSearches = 5;
constexpr std::string_view kHealthz = "healthz check passed";

QdrantProblem ProblemOf(const HttpError& error, const std::string& call) {
  switch (error.failure) {
    case HttpFailure::kRefused: return {Kind::kRefused, call, 0, "connection refused"};
    case HttpFailure::kTimedOut:
      return {Kind::kTimedOut, call, 0, error.connected ? "no answer in time" : "no connection in time"};
    case HttpFailure::kClosed: return {Kind::kClosed, call, 0, "connection closed before the answer was whole"};
    case HttpFailure::kTooLarge: return {Kind::kForeign, call, 0, "answer too large"};
    case HttpFailure::kNotHttp: return {Kind::kForeign, call, 0, "answer is not HTTP"};
    case HttpFailure::kUnresolved: return {Kind::kUnreachable, call, 0, "the host's name has no address"};
    case HttpFailure::kUnreachable: return {Kind::kUnreachable, call, 0, "no way to the host"};
    case HttpFailure::kTls: return {Kind::kUnreachable, call, 0, "no secure connection"};
    case HttpFailure::kOther: break;
  }
  return {Kind::kUnreachable, call, 0, "the request could not be made"};
}

QdrantProblem ProblemOf(const QdrantReply& reply, const std::string& call) {
  const auto problem = [&](Kind kind, const char* otherwise) {
    return QdrantProblem{kind, call, reply.status, reply.error.empty() ? otherwise : reply.error};
  };
  switch (reply.kind) {
    case QdrantReply::Kind::kUnauthorized: return problem(Kind::kUnauthorized, "key refused");
    case QdrantReply::Kind::kMissing: return problem(Kind::kMissing, "not there");
    case QdrantReply::Kind::kNoSuchPath: return problem(Kind::kNoSuchPath, "no such call");
    case QdrantReply::Kind::kFailed: return problem(Kind::kFailed, "server error");
    case QdrantReply::Kind::kRejected: return problem(Kind::kRejected, "rejected");
    case QdrantReply::Kind::kResult:
    case QdrantReply::Kind::kForeign: break;
  }
  return problem(Kind::kForeign, "not an answer of Qdrant");
}

}  // namespace

std::string UrlEncoded(std::string_view name) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '_' || c == '~' || (c == '.' && name != "." && name != "..");
    if (plain) {
      text += c;
    } else {
      text += '%';
      text += kHex[byte >> 4U];
      text += kHex[byte & 15U];
    }
  }
  return text;
}

HttpRequest QdrantClient::RequestOf(const std::string& method, const std::string& path, const std::string& body) const {
  HttpRequest request;
  request.method = method;
  request.url = path;
  request.connect_limit = options_.connect_limit;
  request.total_limit = options_.total_limit;
  request.max_body = options_.max_body;
  if (method != "GET") {
    request.headers.emplace_back("Content-Type: application/json");
    request.body = body;
  }
  return request;
}

HttpResult QdrantClient::Send(HttpRequest request) const {
  request.url = options_.url + request.url;
  request.headers.emplace_back("Accept: application/json");
  if (!options_.api_key.empty()) request.headers.push_back("api-key: " + options_.api_key);
  return Fetch(request);
}

HttpResult QdrantClient::Send(const std::string& method, const std::string& path) const {
  return Send(RequestOf(method, path, ""));
}

QdrantResult<Json> QdrantClient::Ask(const std::string& method, const std::string& path, const std::string& shown,
                                     const std::string& body) const {
  return Ask(RequestOf(method, path, body), shown);
}

QdrantResult<Json> QdrantClient::Ask(HttpRequest request, const std::string& shown) const {
  const std::string call = request.method + " " + shown;
  const HttpResult sent = Send(std::move(request));
  if (const auto* error = std::get_if<HttpError>(&sent)) return ProblemOf(*error, call);
  const auto& answer = std::get<HttpAnswer>(sent);
  QdrantReply reply = ParseReply(answer.status, answer.body);
  if (reply.kind != QdrantReply::Kind::kResult) {
    QdrantProblem problem = ProblemOf(reply, call);
    const auto later = answer.headers.find("retry-after");
    if (later != answer.headers.end()) problem.retry_after_s = std::atoi(later->second.c_str());
    return problem;
  }
  return std::move(reply.result);
}

std::optional<QdrantProblem> QdrantClient::Receive(HttpRequest request, const std::string& shown) const {
  const std::string call = request.method + " " + shown;
  const HttpResult sent = Send(std::move(request));
  if (const auto* error = std::get_if<HttpError>(&sent)) return ProblemOf(*error, call);
  const auto& answer = std::get<HttpAnswer>(sent);
  if (answer.status == 200) return std::nullopt;
  QdrantProblem problem = ProblemOf(ParseReply(answer.status, answer.body), call);
  // Qdrant tells in plain text that a file to be sent is not there.
  if (answer.status == 404) problem.kind = Kind::kMissing;
  return problem;
}

QdrantResult<std::string> QdrantClient::Title() const {
  const std::string call = "GET /";
  const HttpResult sent = Send("GET", "/");
  if (const auto* error = std::get_if<HttpError>(&sent)) return ProblemOf(*error, call);
  const auto& answer = std::get<HttpAnswer>(sent);
  if (answer.status == 200) {
    if (std::optional<std::string> version = ParseTitle(answer.body)) return *std::move(version);
  }
  return ProblemOf(ParseReply(answer.status, answer.body), call);
}

bool QdrantClient::IsHealthzOfQdrant() const {
  const HttpResult sent = Send("GET", "/healthz");
  const auto* answer = std::get_if<HttpAnswer>(&sent);
  return answer != nullptr && answer->status == 200 && answer->body.rfind(kHealthz, 0) == 0;
}

std::optional<QdrantProblem> QdrantClient::NotReady() const {
  const std::string call = "GET /readyz";
  const HttpResult sent = Send("GET", "/readyz");
  if (const auto* error = std::get_if<HttpError>(&sent)) return ProblemOf(*error, call);
  const auto& answer = std::get<HttpAnswer>(sent);
  if (answer.status >= 500) return QdrantProblem{Kind::kFailed, call, answer.status, "some shards are not ready"};
  return std::nullopt;
}

QdrantResult<std::vector<std::string>> QdrantClient::Collections() const {
  const QdrantResult<Json> result = Ask("GET", "/collections", "/collections");
  if (const auto* problem = std::get_if<QdrantProblem>(&result)) return *problem;
  std::optional<std::vector<std::string>> names = ParseCollectionNames(std::get<Json>(result));
  if (!names) return QdrantProblem{Kind::kForeign, "GET /collections", 200, "not an answer of Qdrant"};
  return *std::move(names);
}

QdrantResult<CollectionFacts> QdrantClient::Collection(const std::string& name) const {
  const QdrantResult<Json> result = Ask("GET", "/collections/" + UrlEncoded(name), "/collections/{c}");
  if (const auto* problem = std::get_if<QdrantProblem>(&result)) return *problem;
  std::optional<CollectionFacts> facts = ParseCollection(std::get<Json>(result));
  if (!facts) return QdrantProblem{Kind::kForeign, "GET /collections/{c}", 200, "not an answer of Qdrant"};
  return *std::move(facts);
}

QdrantResult<std::int64_t> QdrantClient::Count(const std::string& collection) const {
  const QdrantResult<Json> result = Ask("POST", "/collections/" + UrlEncoded(collection) + "/points/count",
                                        "/collections/{c}/points/count", R"({"exact":true})");
  if (const auto* problem = std::get_if<QdrantProblem>(&result)) return *problem;
  const std::optional<std::int64_t> count = ParseCount(std::get<Json>(result));
  if (!count) return QdrantProblem{Kind::kForeign, "POST /collections/{c}/points/count", 200, "no count"};
  return *count;
}

QdrantResult<PointSample> QdrantClient::Sample(const std::string& collection, int limit) const {
  const Json body = {{"limit", limit}, {"with_payload", true}, {"with_vector", false}};
  const QdrantResult<Json> result = Ask("POST", "/collections/" + UrlEncoded(collection) + "/points/scroll",
                                        "/collections/{c}/points/scroll", body.dump());
  if (const auto* problem = std::get_if<QdrantProblem>(&result)) return *problem;
  std::optional<PointSample> sample = ParseSample(std::get<Json>(result));
  if (!sample) return QdrantProblem{Kind::kForeign, "POST /collections/{c}/points/scroll", 200, "no points"};
  return *std::move(sample);
}

QdrantResult<std::optional<std::chrono::microseconds>> QdrantClient::SearchTime(const std::string& collection,
                                                                                const std::string& vector_name,
                                                                                const std::string& version) const {
  const std::string points = "/collections/" + UrlEncoded(collection) + "/points/";
  const QdrantResult<Json> stored = Ask("POST", points + "scroll", "/collections/{c}/points/scroll",
                                        R"({"limit":5,"with_payload":false,"with_vector":true})");
  if (const auto* problem = std::get_if<QdrantProblem>(&stored)) return *problem;
  const std::optional<std::string> vector = FirstVector(std::get<Json>(stored), vector_name);
  if (!vector) return std::optional<std::chrono::microseconds>();
  // points/query is the durable one, but older servers only have points/search.
  const bool query = IsVersionAtLeast(version, 1, 10);
  const std::string name = Json(vector_name).dump();
  const std::string body =
      query
          ? R"({"query":)" + *vector + (vector_name.empty() ? "" : R"(,"using":)" + name) + R"(,"limit":10})"
          : R"({"vector":)" + (vector_name.empty() ? *vector : R"({"name":)" + name + R"(,"vector":)" + *vector + "}") +
                R"(,"limit":10})";
  std::array<std::chrono::microseconds, kSearches> times{};
  for (std::chrono::microseconds& time : times) {
    const MonoTime begin = clock_.Mono();
    const char* call = query ? "query" : "search";
    const QdrantResult<Json> result = Ask("POST", points + call, std::string("/collections/{c}/points/") + call, body);
    if (const auto* problem = std::get_if<QdrantProblem>(&result)) return *problem;
    time = std::chrono::duration_cast<std::chrono::microseconds>(clock_.Mono() - begin);
  }
  std::sort(times.begin(), times.end());
  return std::optional(times[kSearches / 2]);
}

}  // namespace fleet::agent
