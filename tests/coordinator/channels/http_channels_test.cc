#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "coordinator/channels/pagerduty.h"
#include "coordinator/channels/slack.h"
#include "coordinator/channels/webhook.h"
#include "tests/support/fake_clock.h"

namespace fleet::coordinator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// Takes what is posted to it and answers as it is told.
class Receiver {
 public:
  Receiver() {
    server_.Post("/hook", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      response.status = status;
      response.set_content(body, "text/plain");
      for (const auto& [name, value] : headers) response.set_header(name, value);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // else an early stop would be missed
  }
  ~Receiver() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }
  httplib::Request last() {
    const std::lock_guard lock(mutex_);
    return requests_.at(requests_.size() - 1);
  }

  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers;

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<httplib::Request> requests_;
};

Notice MakeNotice(NoticeKind kind = NoticeKind::kOpened) {
  Notice notice;
  notice.id = "inc_1-0";
  notice.kind = kind;
  notice.incident_id = "inc_1";
  notice.severity = Severity::kP1;
  notice.code = "SESSION_JSON_EMPTY";
  notice.host_name = "ws-17";
  notice.subject = "P1 SESSION_JSON_EMPTY on ws-17";
  notice.lines = {"Open since noon", "Where: /home/<mira>&co/ü\x1b[31m"};
  notice.link = "https://fleet/inc_1";
  notice.opened_ms = 1;
  return notice;
}

TEST(Webhook, SignsAsTheSpecificationsExample) {
  EXPECT_EQ(WebhookSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                             R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhook, SendsTheNoticeWithItsIdTimeAndASignatureForEachSecret) {
  Receiver receiver;
  FakeClock clock;
  const auto channel = WebhookChannel(receiver.url(), {"one", "whsec_dHdv"}, clock);
  EXPECT_EQ(channel->Deliver(MakeNotice()).outcome, Delivery::Outcome::kDelivered);
  const httplib::Request request = receiver.last();
  EXPECT_EQ(request.get_header_value("webhook-id"), "inc_1-0");
  const std::int64_t seconds = ToMillis(clock.Now()) / 1000;
  EXPECT_EQ(request.get_header_value("webhook-timestamp"), std::to_string(seconds));
  EXPECT_EQ(request.get_header_value("webhook-signature"),
            WebhookSignature("one", "inc_1-0", seconds, request.body) + " " +
                WebhookSignature("two", "inc_1-0", seconds, request.body));
  const Json document = Json::parse(request.body);
  EXPECT_EQ(document["kind"], "opened");
  EXPECT_EQ(document["severity"], "P1");
  EXPECT_EQ(document["incident_id"], "inc_1");
}

TEST(Webhook, TriesAgainWhenTheReceiverIsBusyAndNotWhenItRefuses) {
  Receiver receiver;
  const FakeClock clock;
  const auto channel = WebhookChannel(receiver.url(), {}, clock);
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    receiver.status = status;
    EXPECT_EQ(channel->Deliver(MakeNotice()).outcome, Delivery::Outcome::kAgain) << status;
  }
  for (const int status : {301, 400, 401, 403, 404, 410, 422}) {
    receiver.status = status;
    EXPECT_EQ(channel->Deliver(MakeNotice()).outcome, Delivery::Outcome::kRefused) << status;
  }
}

TEST(Webhook, WaitsAsLongAsTheReceiverWishes) {
  Receiver receiver;
  const FakeClock clock;
  const auto channel = WebhookChannel(receiver.url(), {}, clock);
  receiver.status = 429;
  receiver.headers["Retry-After"] = "120";
  EXPECT_EQ(channel->Deliver(MakeNotice()).retry_after, std::chrono::seconds(120));
  receiver.headers["Retry-After"] = "Fri, 27 Nov 2026 10:00:00 GMT";
  EXPECT_EQ(channel->Deliver(MakeNotice()).retry_after, std::nullopt);
}

TEST(Webhook, TriesAgainWhenNobodyListens) {
  std::string url;
  {
    const Receiver gone;
    url = gone.url();
  }
  const FakeClock clock;
  const Delivery delivery = WebhookChannel(url, {"secret"}, clock)->Deliver(MakeNotice());
  EXPECT_EQ(delivery.outcome, Delivery::Outcome::kAgain);
  EXPECT_THAT(delivery.detail, Not(HasSubstr("secret")));
}

TEST(Slack, EscapesWhatItReadsAsItsOwn) {
  Receiver receiver;
  EXPECT_EQ(SlackChannel(receiver.url())->Deliver(MakeNotice()).outcome, Delivery::Outcome::kDelivered);
  const std::string text = Json::parse(receiver.last().body)["text"].get<std::string>();
  EXPECT_THAT(text, HasSubstr("P1 SESSION_JSON_EMPTY on ws-17\n"));
  EXPECT_THAT(text, HasSubstr("/home/&lt;mira&gt;&amp;co/ü"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("https://fleet/inc_1"));
}

TEST(Slack, NeverShowsItsUrl) {
  Receiver receiver;
  receiver.status = 404;
  receiver.body = "Cannot POST /hook";
  const Delivery delivery = SlackChannel(receiver.url())->Deliver(MakeNotice());
  EXPECT_EQ(delivery.outcome, Delivery::Outcome::kRefused);
  EXPECT_EQ(delivery.detail, "answered 404");
}

TEST(PagerDuty, TriggersAcknowledgesAndResolvesOneAlert) {
  Receiver receiver;
  receiver.status = 202;
  const auto channel = PagerDutyChannel(receiver.url(), "KEY");
  EXPECT_EQ(channel->Deliver(MakeNotice()).outcome, Delivery::Outcome::kDelivered);
  Json event = Json::parse(receiver.last().body);
  EXPECT_EQ(event["event_action"], "trigger");
  EXPECT_EQ(event["routing_key"], "KEY");
  EXPECT_EQ(event["dedup_key"], "inc_1");
  EXPECT_EQ(event["payload"]["severity"], "error");
  EXPECT_EQ(event["payload"]["source"], "ws-17");
  Notice taken = MakeNotice(NoticeKind::kChanged);
  taken.owner = "mira";
  channel->Deliver(taken);
  EXPECT_EQ(Json::parse(receiver.last().body)["event_action"], "acknowledge");
  channel->Deliver(MakeNotice(NoticeKind::kClosed));
  event = Json::parse(receiver.last().body);
  EXPECT_EQ(event["event_action"], "resolve");
  EXPECT_EQ(event["dedup_key"], "inc_1");
}

TEST(PagerDuty, IsNotToldOfOtherChangesAndTakesLongSubjects) {
  EXPECT_FALSE(PagerDutyEvent(MakeNotice(NoticeKind::kChanged), "KEY").has_value());
  Notice notice = MakeNotice();
  notice.subject = "P1";
  while (notice.subject.size() < 2'000) notice.subject += "ü";
  const std::string summary = (*PagerDutyEvent(notice, "KEY"))["payload"]["summary"].get<std::string>();
  EXPECT_EQ(summary.size(), 1'024u);
  EXPECT_NO_THROW(PagerDutyEvent(notice, "KEY")->dump());
}

}  // namespace
}  // namespace fleet::coordinator
