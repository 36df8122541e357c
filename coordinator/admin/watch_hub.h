#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <vector>

#include "common/mutex.h"
#include "coordinator/admin/watch_stream.h"

namespace fleet::coordinator {

// Everybody who watches the fleet. Any thread. Outlives the server.
class WatchHub {
 public:
  static constexpr std::size_t kMaxWatchers = 100;

  // A stream that gets what is published from now on; owned by the hub until gRPC is done with it.
  // ResourceExhausted when there are too many, Unavailable after CloseAll.
  absl::StatusOr<WatchStream*> Open(WatchStream::Render render);
  void Publish(const FleetEvent& event);
  void CloseAll(const grpc::Status& status);

 private:
  void Drop(WatchStream* stream) ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<std::shared_ptr<WatchStream>> All() ABSL_LOCKS_EXCLUDED(mu_);

  Mutex mu_;
  std::map<WatchStream*, std::shared_ptr<WatchStream>> streams_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::coordinator
