#pragma once

#include <absl/functional/any_invocable.h>
#include <grpcpp/client_context.h>

#include <deque>
#include <memory>

#include "common/finding_wire.h"
#include "common/mutex.h"
#include "dgmo/fleet/v1/agent_gateway.grpc.pb.h"

namespace fleet::agent {

// One stream to the coordinator. Its reactions run on gRPC's threads and only move messages. It keeps itself alive
// until it has ended; a caller keeps the shared_ptr for the call.
class CoordinatorStream final : public grpc::ClientBidiReactor<v1::AgentMessage, v1::CoordinatorMessage> {
 public:
  static constexpr std::size_t kMaxQueue = 512;

  // Both on a gRPC thread; they must only post. `message` is not called again before ReadNext.
  struct Sink {
    absl::AnyInvocable<void(v1::CoordinatorMessage)> message;
    absl::AnyInvocable<void(const grpc::Status&)> done;  // the last thing
  };

  static std::shared_ptr<CoordinatorStream> Start(v1::AgentGateway::Stub& stub, Sink sink);

  void Send(v1::AgentMessage message) ABSL_LOCKS_EXCLUDED(mu_);  // any thread; a full queue ends the stream
  void ReadNext() ABSL_LOCKS_EXCLUDED(mu_);                      // any thread; the last message was taken
  void HalfClose() ABSL_LOCKS_EXCLUDED(mu_);                     // any thread; after what is queued
  void Cancel() ABSL_LOCKS_EXCLUDED(mu_);                        // any thread

 private:
  explicit CoordinatorStream(Sink sink) : sink_(std::move(sink)) {}
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);  // the one place that starts writes
  void LetGo() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);    // nothing is started from outside any more

  Sink sink_;
  grpc::ClientContext context_;
  v1::CoordinatorMessage in_;
  v1::AgentMessage out_;
  std::shared_ptr<CoordinatorStream> self_;
  Mutex mu_;
  std::deque<v1::AgentMessage> queue_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool half_close_ ABSL_GUARDED_BY(mu_) = false;
  bool held_ ABSL_GUARDED_BY(mu_) = true;
};

}  // namespace fleet::agent
