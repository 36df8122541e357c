#include "coordinator/channels/channel_config.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/http/http_client.h"
#include "common/status.h"
#include "common/text_file.h"
#include "common/utf8.h"
#include "coordinator/channels/pagerduty.h"
#include "coordinator/channels/program.h"
#include "coordinator/channels/slack.h"
#include "coordinator/channels/webhook.h"

namespace fleet::coordinator {

namespace {

using Json = nlohmann::json;

constexpr char kPagerDutyUrl[] = "https://events.pagerduty.com/v2/enqueue";

// One object, and which of its keys were asked for.
class Settings {
 public:
  Settings(std::string where, const Json& config) : where_(std::move(where)), config_(config) {}

  // The texts under a key, a list or one; none when it is not there.
  absl::StatusOr<std::vector<std::string>> Texts(const std::string& key) {
    known_.push_back(key);
    const auto found = config_.find(key);
    if (found == config_.end()) return std::vector<std::string>();
    const Json list = found->is_array() ? *found : Json::array({*found});
    std::vector<std::string> texts;
    for (const Json& text : list) {
      if (!text.is_string() || text.get<std::string>().empty()) return Bad(key, "is no text");
      texts.push_back(text.get<std::string>());
    }
    return texts;
  }
  absl::StatusOr<std::string> Text(const std::string& key) {
    ASSIGN_OR_RETURN(const std::vector<std::string> texts, Texts(key));
    if (texts.size() > 1) return Bad(key, "is more than one");
    return texts.empty() ? "" : texts.front();
  }

  // What the files and variables hold that `key`_file and `key`_env name.
  absl::StatusOr<std::vector<std::string>> Secrets(const std::string& key) {
    if (config_.contains(key)) {
      return Bad(key, "must not stand in the configuration; name a file or a variable that holds it with " + key +
                          "_file or " + key + "_env");
    }
    std::vector<std::string> secrets;
    ASSIGN_OR_RETURN(const std::vector<std::string> files, Texts(key + "_file"));
    for (const std::string& file : files) {
      const absl::StatusOr<std::string> text = ReadTextFile(file);
      if (!text.ok()) return Annotate(text.status(), where_);
      secrets.emplace_back(absl::StripAsciiWhitespace(*text));
      if (secrets.back().empty()) return Bad(key + "_file", "names an empty file");
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> variables, Texts(key + "_env"));
    for (const std::string& variable : variables) {
      const char* value = std::getenv(variable.c_str());
      if (value == nullptr || *value == '\0') return Bad(key + "_env", "names a variable that is not set");
      secrets.emplace_back(value);
    }
    return secrets;
  }
  absl::StatusOr<std::string> Secret(const std::string& key) {
    ASSIGN_OR_RETURN(const std::vector<std::string> secrets, Secrets(key));
    if (secrets.size() == 1) return secrets.front();
    return Bad(key + "_file", "or " + key + "_env has to name one secret");
  }

  absl::Status CheckUrl(const std::string& key, const std::string& url) const {
    if (PlainUrl(url).empty()) return Bad(key, "is no URL");
    if (url.starts_with("https://") || IsLoopbackUrl(url)) return absl::OkStatus();
    return Bad(key, "is not a URL of https, and not of this machine");
  }
  // That every key was one that is known.
  absl::Status CheckKeys() const {
    for (const auto& [key, value] : config_.items()) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) return Bad(ToUtf8(key), "is not known");
    }
    return absl::OkStatus();
  }
  absl::Status Bad(const std::string& key, const std::string& why) const {
    return InvalidArgument(where_ + ": " + key + " " + why);
  }

 private:
  const std::string where_;
  const Json& config_;
  std::vector<std::string> known_ = {"type"};
};

using Made = absl::StatusOr<std::unique_ptr<Channel>>;

Made MakeWebhook(Settings& settings, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::string url, settings.Text("url"));
  RETURN_IF_ERROR(settings.CheckUrl("url", url));
  ASSIGN_OR_RETURN(std::vector<std::string> secrets, settings.Secrets("secret"));
  if (!std::all_of(secrets.begin(), secrets.end(), IsWebhookSecret)) {
    return settings.Bad("secret", "begins with whsec_ and goes on with something else than base64");
  }
  return WebhookChannel(url, std::move(secrets), clock);
}

Made MakeSlack(Settings& settings, const Clock&) {
  ASSIGN_OR_RETURN(const std::string url, settings.Secret("url"));
  RETURN_IF_ERROR(settings.CheckUrl("url", url));
  return SlackChannel(url);
}

Made MakePagerDuty(Settings& settings, const Clock&) {
  ASSIGN_OR_RETURN(std::string url, settings.Text("url"));
  if (url.empty()) url = kPagerDutyUrl;
  RETURN_IF_ERROR(settings.CheckUrl("url", url));
  ASSIGN_OR_RETURN(const std::string key, settings.Secret("routing_key"));
  return PagerDutyChannel(url, key);
}

Made MakeProgram(Settings& settings, const Clock&) {
  ASSIGN_OR_RETURN(std::vector<std::string> command, settings.Texts("command"));
  if (command.empty() || !command.front().starts_with('/')) {
    return settings.Bad("command", "does not begin with the absolute path of a program");
  }
  return ProgramChannel(std::move(command));
}

struct Kind {
  const char* type;
  Made (*make)(Settings& settings, const Clock& clock);
};
constexpr Kind kKinds[] = {
    {"webhook", MakeWebhook}, {"slack", MakeSlack}, {"pagerduty", MakePagerDuty}, {"program", MakeProgram}};

}  // namespace

absl::StatusOr<std::unique_ptr<Channel>> ChannelOf(const std::string& name, const Json& config, const Clock& clock) {
  const std::string where = "channels." + ToUtf8(name);
  if (!config.is_object()) return InvalidArgument(where + " is not an object");
  Settings settings(where, config);
  ASSIGN_OR_RETURN(const std::string type, settings.Text("type"));
  for (const Kind& kind : kKinds) {
    if (type != kind.type) continue;
    Made made = kind.make(settings, clock);
    if (made.ok()) RETURN_IF_ERROR(settings.CheckKeys());
    return made;
  }
  return settings.Bad("type", "is none of webhook, slack, pagerduty and program");
}

}  // namespace fleet::coordinator
