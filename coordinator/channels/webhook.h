#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "coordinator/channels/channel.h"

namespace fleet::coordinator {

// Sends NoticeJson as the Standard Webhooks specification has it: the id of the notice in webhook-id, the time of the
// attempt in webhook-timestamp, one signature for each secret in webhook-signature. A secret is "whsec_" and base64, or
// the bytes themselves. The clock outlives it.
std::unique_ptr<Channel> WebhookChannel(std::string url, std::vector<std::string> secrets, const Clock& clock);

// Whether it is no "whsec_" whose rest is not base64. Pure.
bool IsWebhookSecret(const std::string& secret);

// The value of webhook-signature for one secret, such as "v1,K5oZ...". Pure.
std::string WebhookSignature(const std::string& secret, const std::string& id, std::int64_t seconds,
                             const std::string& body);

}  // namespace fleet::coordinator
