#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "coordinator/channels/channel.h"

namespace fleet::coordinator {

// An incoming webhook of Slack, or of what speaks its language. The URL is the secret.
std::unique_ptr<Channel> SlackChannel(std::string url);

// What is sent: a text with the characters escaped that Slack reads as its own. Pure.
nlohmann::json SlackMessage(const Notice& notice);

}  // namespace fleet::coordinator
