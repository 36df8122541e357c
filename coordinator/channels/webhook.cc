#include "coordinator/channels/webhook.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "coordinator/channels/http_delivery.h"
#include "coordinator/channels/notice_text.h"

namespace fleet::coordinator {

namespace {

constexpr std::string_view kPrefix = "whsec_";

std::string KeyOf(const std::string& secret) {
  std::string key;
  if (secret.starts_with(kPrefix) && absl::Base64Unescape(secret.substr(kPrefix.size()), &key)) return key;
  return secret;
}

class Webhook final : public Channel {
 public:
  Webhook(std::string url, std::vector<std::string> secrets, const Clock& clock)
      : url_(std::move(url)), secrets_(std::move(secrets)), clock_(clock) {}

  Delivery Deliver(const Notice& notice) override {
    const std::string body = NoticeJson(notice).dump();
    const std::int64_t seconds = ToMillis(clock_.Now()) / 1000;
    std::vector<std::string> headers = {"webhook-id: " + notice.id, "webhook-timestamp: " + std::to_string(seconds)};
    std::string signatures;
    for (const std::string& secret : secrets_) {
      signatures += (signatures.empty() ? "" : " ") + WebhookSignature(secret, notice.id, seconds, body);
    }
    if (!signatures.empty()) headers.push_back("webhook-signature: " + signatures);
    return PostJson(url_, headers, body);
  }

 private:
  const std::string url_;
  const std::vector<std::string> secrets_;
  const Clock& clock_;
};

}  // namespace

bool IsWebhookSecret(const std::string& secret) {
  std::string key;
  return !secret.starts_with(kPrefix) || absl::Base64Unescape(secret.substr(kPrefix.size()), &key);
}

std::string WebhookSignature(const std::string& secret, const std::string& id, std::int64_t seconds,
                             const std::string& body) {
  const std::string key = KeyOf(secret);
  const std::string text = id + "." + std::to_string(seconds) + "." + body;
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &size);
  return "v1," + absl::Base64Escape(std::string(reinterpret_cast<const char*>(mac), size));
}

std::unique_ptr<Channel> WebhookChannel(std::string url, std::vector<std::string> secrets, const Clock& clock) {
  return std::make_unique<Webhook>(std::move(url), std::move(secrets), clock);
}

}  // namespace fleet::coordinator
