#include "coordinator/channels/pagerduty.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/utf8.h"
#include "coordinator/channels/http_delivery.h"
#include "coordinator/channels/notice_text.h"

namespace fleet::coordinator {

namespace {

constexpr std::size_t kMostSummary = 1'024;

const char* SeverityOf(const Notice& notice) {
  static constexpr const char* kTexts[kSeverities] = {"critical", "error", "warning", "info"};
  return kTexts[static_cast<int>(notice.severity)];
}

// At most so many bytes, and no part of a character.
std::string Summary(const Notice& notice) {
  std::string text = ToUtf8(ToPrintable(notice.subject));
  if (text.size() <= kMostSummary) return text;
  std::size_t end = kMostSummary;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

class PagerDuty final : public Channel {
 public:
  PagerDuty(std::string url, std::string routing_key) : url_(std::move(url)), routing_key_(std::move(routing_key)) {}

  Delivery Deliver(const Notice& notice) override {
    const std::optional<nlohmann::json> event = PagerDutyEvent(notice, routing_key_);
    if (event) return PostJson(url_, {}, event->dump());
    Delivery none;
    none.outcome = Delivery::Outcome::kDelivered;
    none.detail = "PagerDuty knows no such change";
    return none;
  }

 private:
  const std::string url_;
  const std::string routing_key_;
};

}  // namespace

std::optional<nlohmann::json> PagerDutyEvent(const Notice& notice, const std::string& routing_key) {
  nlohmann::json event = {{"routing_key", routing_key}, {"dedup_key", notice.incident_id}};
  if (notice.kind == NoticeKind::kClosed) {
    event["event_action"] = "resolve";
    return event;
  }
  if (notice.kind == NoticeKind::kChanged) {
    if (notice.owner.empty()) return std::nullopt;
    event["event_action"] = "acknowledge";
    return event;
  }
  event["event_action"] = "trigger";
  event["payload"] = {{"summary", Summary(notice)},
                      {"source", ToUtf8(notice.host_name)},
                      {"severity", SeverityOf(notice)},
                      {"class", ToUtf8(notice.code)},
                      {"component", "dgmo"},
                      {"custom_details", NoticeJson(notice)}};
  if (!notice.link.empty()) event["links"] = {{{"href", notice.link}, {"text", "the incident"}}};
  return event;
}

std::unique_ptr<Channel> PagerDutyChannel(std::string url, std::string routing_key) {
  return std::make_unique<PagerDuty>(std::move(url), std::move(routing_key));
}

}  // namespace fleet::coordinator
