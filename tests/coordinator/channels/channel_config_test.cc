#include "coordinator/channels/channel_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace fleet::coordinator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class ChannelConfig : public ::testing::Test {
 protected:
  absl::Status Try(const Json& config) { return ChannelOf("chat", config, clock).status(); }
  const TempDir dir;
  const FakeClock clock;
};

TEST_F(ChannelConfig, TakesEveryKind) {
  dir.Write("secret", "whsec_dHdv\n");
  dir.Write("url", "https://hooks.example/T/B/X\n");
  setenv("ROUTING_KEY", "0123456789abcdef0123456789abcdef", 1);
  EXPECT_TRUE(Try({{"type", "webhook"}, {"url", "https://x.example/"}, {"secret_file", dir / "secret"}}).ok());
  EXPECT_TRUE(Try({{"type", "webhook"}, {"url", "http://127.0.0.1:9/"}}).ok());
  EXPECT_TRUE(Try({{"type", "slack"}, {"url_file", dir / "url"}}).ok());
  EXPECT_TRUE(Try({{"type", "pagerduty"}, {"routing_key_env", "ROUTING_KEY"}}).ok());
  EXPECT_TRUE(Try({{"type", "program"}, {"command", {"/usr/bin/logger", "-t", "dgmo"}}}).ok());
}

TEST_F(ChannelConfig, SaysWhatIsWrongAndWhere) {
  dir.Write("empty", "");
  dir.Write("broken", "whsec_?");
  const std::pair<Json, std::string> cases[] = {
      {{{"type", "pigeon"}}, "channels.chat: type is none of"},
      {{{"type", "webhook"}}, "channels.chat: url is no URL"},
      {{{"type", "webhook"}, {"url", "http://x.example/"}}, "url is not a URL of https"},
      {{{"type", "webhook"}, {"url", 7}}, "url is no text"},
      {{{"type", "webhook"}, {"url", "https://x/"}, {"uri", "x"}}, "uri is not known"},
      {{{"type", "webhook"}, {"url", "https://x/"}, {"secret_env", "NOT_SET_ANYWHERE"}}, "variable that is not set"},
      {{{"type", "webhook"}, {"url", "https://x/"}, {"secret_file", dir / "broken"}}, "else than base64"},
      {{{"type", "slack"}, {"url_file", dir / "none"}}, "cannot read"},
      {{{"type", "slack"}, {"url_file", dir / "empty"}}, "names an empty file"},
      {{{"type", "slack"}}, "has to name one secret"},
      {{{"type", "program"}, {"command", {"logger"}}}, "absolute path"},
      {Json::array(), "channels.chat is not an object"}};
  for (const auto& [config, message] : cases) {
    EXPECT_THAT(std::string(Try(config).message()), HasSubstr(message)) << config;
  }
}

TEST_F(ChannelConfig, RefusesASecretThatStandsInItAndDoesNotRepeatIt) {
  const absl::Status status = Try({{"type", "webhook"}, {"url", "https://x/"}, {"secret", "hunter2"}});
  EXPECT_THAT(std::string(status.message()), HasSubstr("secret_file or secret_env"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace fleet::coordinator
