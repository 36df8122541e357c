#include "coordinator/channels/http_delivery.h"

#include <absl/strings/numbers.h>

#include <algorithm>

#include "common/http/http_client.h"

namespace fleet::coordinator {

namespace {

constexpr std::chrono::milliseconds kConnectLimit{5'000};
constexpr std::chrono::milliseconds kTotalLimit{20'000};
constexpr std::int64_t kLongestWishSeconds = 3'600;

bool IsWorthARetry(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

// In seconds; a date is left to the usual back-off.
std::optional<std::chrono::milliseconds> RetryAfter(const HttpAnswer& answer) {
  const auto header = answer.headers.find("retry-after");
  std::int64_t seconds = 0;
  if (header == answer.headers.end() || !absl::SimpleAtoi(header->second, &seconds) || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kLongestWishSeconds));
}

Delivery Judge(const HttpResult& result) {
  Delivery delivery;
  if (const auto* error = std::get_if<HttpError>(&result)) {
    delivery.detail = "no answer: " + error->text;
    return delivery;
  }
  const HttpAnswer& answer = std::get<HttpAnswer>(result);
  delivery.detail = "answered " + std::to_string(answer.status);
  if (answer.status >= 200 && answer.status < 300) {
    delivery.outcome = Delivery::Outcome::kDelivered;
    return delivery;
  }
  if (IsWorthARetry(answer.status)) {
    delivery.retry_after = RetryAfter(answer);
  } else {
    delivery.outcome = Delivery::Outcome::kRefused;
  }
  return delivery;
}

}  // namespace

Delivery PostJson(const std::string& url, const std::vector<std::string>& headers, const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = headers;
  request.headers.emplace_back("Content-Type: application/json");
  request.headers.emplace_back("User-Agent: dgmo-coordinator/" FLEET_VERSION);
  request.body = body;
  request.connect_limit = kConnectLimit;
  request.total_limit = kTotalLimit;
  request.max_body = 64 * 1024;
  return Judge(Fetch(request));
}

}  // namespace fleet::coordinator
