#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "dgmo/fleet/v1/agent_gateway.grpc.pb.h"

namespace fleet::agent {

// A coordinator's end of the stream: each message is answered by a script, on a thread of its own.
class DoubleCoordinator final : public dgmo::fleet::v1::AgentGateway::Service {
 public:
  using Message = dgmo::fleet::v1::AgentMessage;
  using Answer = dgmo::fleet::v1::CoordinatorMessage;
  using Stream = grpc::ServerReaderWriter<Answer, Message>;
  // Called for each message; false ends the stream with `status`.
  using Script = std::function<bool(const Message&, Stream&)>;

  explicit DoubleCoordinator(Script script, grpc::Status status = grpc::Status::OK)
      : script_(std::move(script)), status_(std::move(status)) {
    // A real port: gRPC 1.51's in-process transport aborts now and then when the server ends a stream.
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~DoubleCoordinator() override { server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1)); }

  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials());
  }
  std::vector<Message> received() {
    MutexLock lock(mu_);
    return received_;
  }

  grpc::Status Attach(grpc::ServerContext*, Stream* stream) override {
    Message message;
    while (stream->Read(&message)) {
      {
        MutexLock lock(mu_);
        received_.push_back(message);
      }
      if (!script_(message, *stream)) return status_;
    }
    return grpc::Status::OK;
  }

 private:
  const Script script_;
  const grpc::Status status_;
  int port_ = 0;
  Mutex mu_;
  std::vector<Message> received_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace fleet::agent
