#pragma once

#include "coordinator/core/notice.h"

namespace fleet::coordinator {

// One way to tell somebody, configured and ready. A channel keeps no state between notices: what must be remembered is
// in Notice::thread. Deliver blocks on the network within the channel's limits (30 s at most); one thread at a time.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Delivery Deliver(const Notice& notice) = 0;
};

}  // namespace fleet::coordinator
