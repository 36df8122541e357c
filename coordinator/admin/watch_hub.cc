#include "coordinator/admin/watch_hub.h"

#include <utility>

#include "common/status.h"

namespace fleet::coordinator {

absl::StatusOr<WatchStream*> WatchHub::Open(WatchStream::Render render) {
  MutexLock lock(mu_);
  if (closed_) return Unavailable("the coordinator stops; watch again in a moment");
  if (streams_.size() >= kMaxWatchers) {
    return ResourceExhausted("100 readers watch already; end one of them or try again later");
  }
  auto stream = std::make_shared<WatchStream>(std::move(render), [this](WatchStream* gone) { Drop(gone); });
  WatchStream* const opened = stream.get();
  streams_.emplace(opened, std::move(stream));
  return opened;
}

void WatchHub::Drop(WatchStream* stream) {
  std::shared_ptr<WatchStream> dropped;  // destroyed after the lock
  MutexLock lock(mu_);
  const auto entry = streams_.find(stream);
  if (entry == streams_.end()) return;
  dropped = std::move(entry->second);
  streams_.erase(entry);
}

std::vector<std::shared_ptr<WatchStream>> WatchHub::All() {
  std::vector<std::shared_ptr<WatchStream>> all;
  MutexLock lock(mu_);
  for (const auto& [key, stream] : streams_) all.push_back(stream);
  return all;
}

void WatchHub::Publish(const FleetEvent& event) {
  for (const auto& stream : All()) stream->Offer(event);
}

void WatchHub::CloseAll(const grpc::Status& status) {
  {
    MutexLock lock(mu_);
    closed_ = true;
  }
  for (const auto& stream : All()) stream->Close(status);
}

}  // namespace fleet::coordinator
