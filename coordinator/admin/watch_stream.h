#pragma once

#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <memory>

#include "common/mutex.h"
#include "coordinator/core/outputs.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

// One watcher. Events wait as pointers to rows and are rendered when they are sent. A reader that is too slow loses
// events and is told how many. Any thread; lives until `closed` was called.
class WatchStream final : public grpc::ServerWriteReactor<v1::FleetEvent> {
 public:
  static constexpr std::size_t kMaxQueued = 1024;
  using Render = std::function<v1::FleetEvent(const FleetEvent&)>;
  using Closed = std::function<void(WatchStream*)>;

  // `render` makes events into messages; `closed` is called last of all.
  WatchStream(Render render, Closed closed);

  void Offer(const FleetEvent& event) ABSL_LOCKS_EXCLUDED(mu_);
  void Close(grpc::Status status) ABSL_LOCKS_EXCLUDED(mu_);  // the first caller wins

 private:
  void OnWriteDone(bool ok) override;
  void OnCancel() override { Close(grpc::Status::CANCELLED); }
  void OnDone() override;
  // The one place that starts a write or finishes.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Render render_;
  const Closed closed_;
  v1::FleetEvent out_;  // the write in flight
  Mutex mu_;
  std::deque<FleetEvent> queue_ ABSL_GUARDED_BY(mu_);
  std::int64_t dropped_ ABSL_GUARDED_BY(mu_) = 0;  // since the newest of the queue
  std::int64_t dropped_at_ms_ ABSL_GUARDED_BY(mu_) = 0;
  grpc::Status status_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::coordinator
