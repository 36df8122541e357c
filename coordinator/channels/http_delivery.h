#pragma once

#include <string>
#include <vector>

#include "coordinator/channels/channel.h"

namespace fleet::coordinator {

// POSTs a JSON document with these further headers, and judges the answer as webhooks do: 2xx delivered; 408, 425, 429,
// 5xx and no answer again, when the receiver's Retry-After says; everything else, redirects too, refused. The
// detail says nothing of the URL, the headers and the answer's body, which may repeat them: they hold secrets. Blocks
// for 20 s at most.
Delivery PostJson(const std::string& url, const std::vector<std::string>& headers, const std::string& body);

}  // namespace fleet::coordinator
