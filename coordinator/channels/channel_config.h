#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/clock.h"
#include "coordinator/channels/channel.h"

namespace fleet::coordinator {

// The channel that an object of the configuration describes. "type" is one of
//   "webhook":   "url"; "secret_file" or "secret_env", a list of them or one: whsec_... of Standard Webhooks, may lack
//   "slack":     "url_file" or "url_env"
//   "pagerduty": "routing_key_file" or "routing_key_env"; "url" instead of PagerDuty's own
//   "program":   "command", a list: the absolute path of a program and its arguments
// Secrets are read from files and variables, never from the configuration itself. URLs are of https, or http to this
// machine. InvalidArgument or what reading a file gave, with the channel's name and the key; never with a secret.
absl::StatusOr<std::unique_ptr<Channel>> ChannelOf(const std::string& name, const nlohmann::json& config,
                                                   const Clock& clock);

}  // namespace fleet::coordinator
