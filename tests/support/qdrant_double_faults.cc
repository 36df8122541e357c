#include <map>

#include "tests/support/qdrant_double.h"
#include "tests/support/qdrant_http.h"

namespace fleet {

namespace {

using Json = nlohmann::json;

const std::map<std::string, QdrantFault> kFaults = {
    {"hang", QdrantFault::kHang},
    {"answer-lost", QdrantFault::kAnswerLost},
    {"stall", QdrantFault::kStall},
    {"close", QdrantFault::kCloseMidBody},
    {"html", QdrantFault::kHtml},
    {"truncated", QdrantFault::kTruncatedJson},
    {"unauthorized", QdrantFault::kUnauthorized},
    {"forbidden", QdrantFault::kForbidden},
    {"not-found", QdrantFault::kNotFoundEmpty},
    {"failed", QdrantFault::kFailed},
    {"unavailable", QdrantFault::kUnavailable},
    {"too-many", QdrantFault::kTooMany},
    {"too-large", QdrantFault::kTooLarge},
    {"disk-full", QdrantFault::kDiskFull},
    {"corrupt", QdrantFault::kCorrupt},
};

}  // namespace

QdrantFault QdrantFaultOf(const std::string& name) {
  const auto found = kFaults.find(name);
  return found == kFaults.end() ? QdrantFault::kNone : found->second;
}

void QdrantDouble::Spoil(QdrantFault fault, httplib::Response& response) {
  const auto become = [&](int status, const std::string& text, const char* type) {
    response.status = status;
    response.body.clear();
    response.set_content(text, type);
  };
  const auto error = [&](int status, const char* text) {
    become(status, Json{{"status", {{"error", text}}}, {"time", 0.0004}}.dump(), kJson);
  };
  const std::string whole = response.body;
  const std::string half = whole.substr(0, whole.size() / 2);
  switch (fault) {
    case QdrantFault::kNone: return;
    case QdrantFault::kHang:
    case QdrantFault::kAnswerLost: return WaitForStop();
    case QdrantFault::kStall:
    case QdrantFault::kCloseMidBody:
      response.body.clear();
      response.set_content_provider(whole.size() + 1, kJson,
                                    [this, half, fault](std::size_t offset, std::size_t, httplib::DataSink& sink) {
                                      if (offset == 0 && !half.empty()) return sink.write(half.data(), half.size());
                                      if (fault == QdrantFault::kStall) WaitForStop();
                                      return false;
                                    });
      return;
    case QdrantFault::kHtml: return become(200, "<!doctype html><title>Another program</title>", "text/html");
    case QdrantFault::kTruncatedJson: return become(response.status, half, kJson);
    case QdrantFault::kUnauthorized:
      return become(401, "Must provide an API key or an Authorization bearer token", "text/plain");
    case QdrantFault::kForbidden: return error(403, "Forbidden: Global access is required");
    case QdrantFault::kNotFoundEmpty:
      response.status = 404;
      response.body.clear();
      response.headers.erase("Content-Type");
      return;
    case QdrantFault::kFailed: return error(500, "Service internal error: task panicked");
    case QdrantFault::kUnavailable: return error(503, "Shard temporarily unavailable: shard 0");
    case QdrantFault::kTooMany:
      error(429, "Rate limiting exceeded: too many requests");
      response.set_header("Retry-After", "1");
      return;
    case QdrantFault::kCorrupt:
      if (!response.body.empty()) response.body[response.body.size() / 2] ^= 1;
      return;
    case QdrantFault::kTooLarge: return become(200, std::string(16 * 1024 * 1024, ' '), kJson);
    case QdrantFault::kDiskFull:
      return error(500,
                   "Service internal error: No space left on device: WAL buffer size exceeds available disk space");
  }
}

}  // namespace fleet
