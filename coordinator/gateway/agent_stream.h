#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <string>

#include "common/mutex.h"
#include "coordinator/core/rows.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::coordinator {

class AgentStream;

// What a stream tells its owner, on gRPC's threads: must not block.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  // The stream reads no further message until ReadNext.
  virtual void OnMessage(const std::shared_ptr<AgentStream>& stream, v1::AgentMessage message) = 0;
  // The last thing that is heard of it; the owner drops the stream.
  virtual void OnClosed(const std::shared_ptr<AgentStream>& stream) = 0;
};

// One attached agent. Reactions run on gRPC's threads, possibly at once, and only move messages; its one mutex is
// held over nothing but gRPC's own operations. Whoever calls it holds a shared_ptr meanwhile. Lives until OnClosed.
class AgentStream final : public grpc::ServerBidiReactor<v1::AgentMessage, v1::CoordinatorMessage>,
                          public std::enable_shared_from_this<AgentStream> {
 public:
  static constexpr std::size_t kMaxQueued = 256;

  AgentStream(StreamId id, grpc::CallbackServerContext& context, StreamEvents& events)
      : id_(id), events_(events), context_(context) {}

  StreamId id() const { return id_; }

  // Any thread. Begins to read, or reads on when the last message was taken; no effect once the stream is closing.
  void ReadNext() ABSL_LOCKS_EXCLUDED(mu_);
  // Any thread. False when the queue is full or the stream is closing; the message is dropped then.
  bool Send(v1::CoordinatorMessage message) ABSL_LOCKS_EXCLUDED(mu_);
  // Any thread; the first caller wins. What waits to be sent is dropped: the agent hears it anew when it attaches.
  void Close(grpc::Status status) ABSL_LOCKS_EXCLUDED(mu_);
  // Any thread. Close, without waiting for a peer that does not read.
  void Abort(grpc::Status status) ABSL_LOCKS_EXCLUDED(mu_);
  bool closing() const ABSL_LOCKS_EXCLUDED(mu_);

  // The agent behind the stream; empty until its Hello was accepted. Set once.
  void SetAgent(std::string agent_id) ABSL_LOCKS_EXCLUDED(mu_);
  std::string agent_id() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { Close(grpc::Status::CANCELLED); }
  void OnDone() override;
  // The one place that starts a write or finishes.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CloseLocked(grpc::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const StreamId id_;
  StreamEvents& events_;
  grpc::CallbackServerContext& context_;  // not to be used when done_
  v1::AgentMessage in_;                   // the read in flight
  v1::CoordinatorMessage out_;            // the write in flight
  mutable Mutex mu_;
  std::deque<v1::CoordinatorMessage> queue_ ABSL_GUARDED_BY(mu_);
  std::string agent_id_ ABSL_GUARDED_BY(mu_);
  grpc::Status status_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::coordinator
