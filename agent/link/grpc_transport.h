#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "agent/link/coordinator_stream.h"
#include "agent/link/transport.h"
#include "common/executor.h"
#include "common/mutex.h"

namespace fleet::agent {

// The way to the coordinator at "host:port". InvalidArgument: no such form. FailedPrecondition: the address is another
// machine's, and there is no encryption yet.
absl::StatusOr<std::shared_ptr<grpc::Channel>> CoordinatorChannel(const std::string& address);

// Streams over gRPC. Transport's calls on the strand; Shutdown on the thread that destroys it.
class GrpcTransport final : public Transport {
 public:
  // Events are posted to `strand`. All three outlive the transport.
  GrpcTransport(std::shared_ptr<grpc::Channel> channel, Executor& strand, TransportEvents& events);
  ~GrpcTransport() override;

  void Open(StreamNumber stream) override;
  void Send(StreamNumber stream, v1::AgentMessage message) override;
  void Close(StreamNumber stream) override;

  // Lets what is queued go out for up to `limit`, then drops the stream; returns when every stream has ended. Nothing
  // may be opened any more.
  void Shutdown(std::chrono::milliseconds limit) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  std::shared_ptr<CoordinatorStream> Current(StreamNumber stream) ABSL_LOCKS_EXCLUDED(mu_);
  bool Ended(MonoTime until) ABSL_LOCKS_EXCLUDED(mu_);  // whether every stream has ended by then
  void OnStreamDone(StreamNumber stream, const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mu_);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::AgentGateway::Stub> stub_;
  Executor& strand_;
  TransportEvents& events_;
  Mutex mu_;
  CondVar ended_;
  int open_ ABSL_GUARDED_BY(mu_) = 0;  // streams that have not ended
  StreamNumber number_ ABSL_GUARDED_BY(mu_){};
  std::shared_ptr<CoordinatorStream> stream_ ABSL_GUARDED_BY(mu_);  // the newest
};

}  // namespace fleet::agent
