#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "coordinator/channels/channel.h"

namespace fleet::coordinator {

// PagerDuty's Events API, version 2: an incident is one alert, known by the incident's id.
std::unique_ptr<Channel> PagerDutyChannel(std::string url, std::string routing_key);

// What is sent for a notice: trigger, acknowledge or resolve. nullopt: nothing, as of a change that is no
// acknowledgement. Pure.
std::optional<nlohmann::json> PagerDutyEvent(const Notice& notice, const std::string& routing_key);

}  // namespace fleet::coordinator
