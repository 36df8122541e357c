// The yardstick of an agent at rest: the least a gRPC client with one stream can be.
//   bare_client HOST:PORT
// Says hello, then that it lives every 20 s, and reads what comes.

#include <grpcpp/create_channel.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "dgmo/fleet/v1/agent_gateway.grpc.pb.h"

namespace v1 = dgmo::fleet::v1;

namespace {

class Stream final : public grpc::ClientBidiReactor<v1::AgentMessage, v1::CoordinatorMessage> {
 public:
  explicit Stream(v1::AgentGateway::Stub& stub) {
    stub.async()->Attach(&context_, this);
    AddHold();
    StartRead(&in_);
    StartCall();
  }
  // One at a time, seconds apart.
  void Send(v1::AgentMessage message) {
    out_ = std::move(message);
    StartWrite(&out_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (ok) StartRead(&in_);
  }
  void OnDone(const grpc::Status&) override { std::_Exit(1); }

  grpc::ClientContext context_;
  v1::CoordinatorMessage in_;
  v1::AgentMessage out_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto stub = v1::AgentGateway::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  Stream stream(*stub);
  v1::AgentMessage message;
  message.mutable_hello()->set_agent_id("bare-client");
  message.mutable_hello()->set_host_name("bare-client");
  message.mutable_hello()->set_protocol_version(1);
  stream.Send(message);
  message.mutable_heartbeat();
  for (;;) {
    std::this_thread::sleep_for(std::chrono::seconds(20));
    stream.Send(message);
  }
}
