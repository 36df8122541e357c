#include "coordinator/channels/slack.h"

#include <absl/strings/str_replace.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "coordinator/channels/http_delivery.h"
#include "coordinator/channels/notice_text.h"

namespace fleet::coordinator {

namespace {

class Slack final : public Channel {
 public:
  explicit Slack(std::string url) : url_(std::move(url)) {}
  Delivery Deliver(const Notice& notice) override { return PostJson(url_, {}, SlackMessage(notice).dump()); }

 private:
  const std::string url_;
};

}  // namespace

nlohmann::json SlackMessage(const Notice& notice) {
  const std::string text = NoticeText(notice);
  return {{"text", absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}})}};
}

std::unique_ptr<Channel> SlackChannel(std::string url) { return std::make_unique<Slack>(std::move(url)); }

}  // namespace fleet::coordinator
