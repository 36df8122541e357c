#include "coordinator/escalation_config.h"

#include <absl/time/time.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/status.h"
#include "common/text_file.h"
#include "common/utf8.h"
#include "coordinator/channels/channel_config.h"

namespace fleet::coordinator {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t kShortestRepeatMs = 60'000;

absl::Status CheckKeys(const Json& object, std::initializer_list<const char*> known, const std::string& where) {
  if (!object.is_object()) return InvalidArgument(where + " is not an object");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return InvalidArgument(where + " has the unknown key \"" + ToUtf8(key) + "\"");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> DurationIn(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end()) return 0;
  absl::Duration duration;
  if (!found->is_string() || !absl::ParseDuration(found->get<std::string>(), &duration) ||
      duration < absl::ZeroDuration() || duration > absl::Hours(30 * 24)) {
    return InvalidArgument(where + "." + key + " is not a duration such as \"15m\" or \"2h\", of 30 days at most");
  }
  return absl::ToInt64Milliseconds(duration);
}

absl::StatusOr<EscalationStep> StepOf(const Json& json, const Channels& channels, const std::string& where) {
  RETURN_IF_ERROR(CheckKeys(json, {"after", "channels"}, where));
  EscalationStep step;
  ASSIGN_OR_RETURN(step.after_ms, DurationIn(json, "after", where));
  const auto names = json.find("channels");
  if (names == json.end() || !names->is_array() || names->empty()) {
    return InvalidArgument(where + ".channels is no list of channels");
  }
  for (const Json& name : *names) {
    if (!name.is_string() || !channels.contains(name.get<std::string>())) {
      return InvalidArgument(where + ".channels names " + name.dump() + ", which is none of the channels");
    }
    step.channels.push_back(name.get<std::string>());
  }
  return step;
}

absl::StatusOr<EscalationChain> ChainOf(const Json& json, const Channels& channels, const std::string& where) {
  EscalationChain chain;
  ASSIGN_OR_RETURN(chain.repeat_ms, DurationIn(json, "repeat", where));
  if (chain.repeat_ms != 0 && chain.repeat_ms < kShortestRepeatMs) {
    return InvalidArgument(where + ".repeat is less than a minute");
  }
  const auto steps = json.find("steps");
  if (steps == json.end() || !steps->is_array() || steps->empty()) {
    return InvalidArgument(where + ".steps is no list of steps");
  }
  for (std::size_t i = 0; i < steps->size(); ++i) {
    const std::string place = where + ".steps[" + std::to_string(i) + "]";
    ASSIGN_OR_RETURN(EscalationStep step, StepOf((*steps)[i], channels, place));
    if (!chain.steps.empty() && step.after_ms <= chain.steps.back().after_ms) {
      return InvalidArgument(place + ".after is not later than that of the step before");
    }
    chain.steps.push_back(std::move(step));
  }
  return chain;
}

absl::StatusOr<Severity> SeverityOf(const Json& text) {
  for (int i = 0; i < kSeverities; ++i) {
    if (text == SeverityText(static_cast<Severity>(i))) return static_cast<Severity>(i);
  }
  return InvalidArgument(text.dump() + " is none of P0, P1, P2 and P3");
}

absl::Status AddChain(const Json& json, const std::string& where, EscalationConfig& config) {
  RETURN_IF_ERROR(CheckKeys(json, {"severities", "steps", "repeat"}, where));
  ASSIGN_OR_RETURN(const EscalationChain chain, ChainOf(json, config.channels, where));
  const auto severities = json.find("severities");
  if (severities == json.end() || !severities->is_array() || severities->empty()) {
    return InvalidArgument(where + ".severities is no list such as [\"P0\", \"P1\"]");
  }
  for (const Json& text : *severities) {
    const absl::StatusOr<Severity> severity = SeverityOf(text);
    if (!severity.ok()) return Annotate(severity.status(), where + ".severities");
    EscalationChain& known = config.plan.chains[static_cast<std::size_t>(*severity)];
    if (!known.steps.empty()) return InvalidArgument(where + ": " + text.dump() + " has a chain already");
    known = chain;
  }
  return absl::OkStatus();
}

absl::StatusOr<EscalationConfig> ConfigOf(const Json& json, const Clock& clock) {
  RETURN_IF_ERROR(CheckKeys(json, {"channels", "chains", "link"}, "the document"));
  EscalationConfig config;
  if (const auto link = json.find("link"); link != json.end()) {
    if (!link->is_string()) return InvalidArgument("link is no text");
    config.plan.link = link->get<std::string>();
  }
  const Json channels = json.value("channels", Json::object());
  if (!channels.is_object()) return InvalidArgument("channels is not an object");
  for (const auto& [name, channel] : channels.items()) {
    ASSIGN_OR_RETURN(config.channels[name], ChannelOf(name, channel, clock));
  }
  const Json chains = json.value("chains", Json::array());
  if (!chains.is_array()) return InvalidArgument("chains is not a list");
  for (std::size_t i = 0; i < chains.size(); ++i) {
    RETURN_IF_ERROR(AddChain(chains[i], "chains[" + std::to_string(i) + "]", config));
  }
  return config;
}

}  // namespace

absl::StatusOr<EscalationConfig> ReadEscalation(const std::string& path, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgument(ToUtf8(path) + " is no JSON document; try it with jq");
  absl::StatusOr<EscalationConfig> config = ConfigOf(json, clock);
  if (!config.ok()) return Annotate(config.status(), ToUtf8(path));
  return config;
}

}  // namespace fleet::coordinator
