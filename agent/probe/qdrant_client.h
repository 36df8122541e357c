#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/probe/qdrant_answers.h"
#include "common/clock.h"
#include "common/http/http_client.h"

namespace fleet::agent {

// How a call failed to give its result.
struct QdrantProblem {
  enum class Kind : std::uint8_t {
    kRefused,
    kTimedOut,
    kClosed,
    kUnreachable,  // no address, no route, no secure connection
    kUnauthorized,
    kMissing,     // what was named is not there
    kNoSuchPath,  // this server does not have the call
    kFailed,      // 5xx
    kRejected,    // other errors
    kForeign,     // the answer is not one of Qdrant
  };
  Kind kind = Kind::kForeign;
  std::string call;                // "GET /readyz"
  int status = 0;                  // 0: no answer
  std::string text;                // for people; stable from call to call
  std::int64_t retry_after_s = 0;  // when the server said how long to wait
};

template <class Value>
using QdrantResult = std::variant<Value, QdrantProblem>;

// Calls that read from one Qdrant server, of any version from 1.0 on. One HTTP exchange each, within its limits; the
// server may be any program, so every answer is doubted. One thread.
class QdrantClient {
 public:
  struct Options {
    std::string url;      // base, without a trailing slash
    std::string api_key;  // empty: none is sent
    std::chrono::milliseconds connect_limit{2'000};
    std::chrono::milliseconds total_limit{10'000};
    std::size_t max_body = 8 * 1024 * 1024;
  };
  QdrantClient(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  const Options& options() const { return options_; }

  // Any call; `shown` stands for the path where it is shown. The result in the envelope.
  QdrantResult<nlohmann::json> Ask(const std::string& method, const std::string& path, const std::string& shown,
                                   const std::string& body = "") const;
  // The same of a request made by hand, whose URL is only the path: what the options say is added.
  QdrantResult<nlohmann::json> Ask(HttpRequest request, const std::string& shown) const;
  // One whose answer is no JSON but goes to its sink.
  std::optional<QdrantProblem> Receive(HttpRequest request, const std::string& shown) const;

  // The version that GET / tells, or empty text.
  QdrantResult<std::string> Title() const;
  // Whether GET /healthz is answered as only Qdrant does.
  bool IsHealthzOfQdrant() const;
  // OK also from servers that do not have /readyz yet.
  std::optional<QdrantProblem> NotReady() const;
  QdrantResult<std::vector<std::string>> Collections() const;
  QdrantResult<CollectionFacts> Collection(const std::string& name) const;
  QdrantResult<std::int64_t> Count(const std::string& collection) const;
  QdrantResult<PointSample> Sample(const std::string& collection, int limit) const;
  // Median time of five searches with the vector of a stored point; nullopt when no point has that vector, or a search
  // fails.
  QdrantResult<std::optional<std::chrono::microseconds>> SearchTime(const std::string& collection,
                                                                    const std::string& vector_name,
                                                                    const std::string& version) const;

 private:
  HttpRequest RequestOf(const std::string& method, const std::string& path, const std::string& body) const;
  HttpResult Send(HttpRequest request) const;
  HttpResult Send(const std::string& method, const std::string& path) const;

  const Options options_;
  const Clock& clock_;
};

// A name as one piece of a URL's path.
std::string UrlEncoded(std::string_view name);

}  // namespace fleet::agent
