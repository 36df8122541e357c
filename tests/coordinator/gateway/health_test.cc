#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "tests/coordinator/support/edge_fixture.h"

namespace fleet::coordinator {
namespace {

class Health : public EdgeFixture {
 protected:
  // Calls a method without its generated code; the answer's bytes.
  grpc::Status Call(const std::string& method, const std::string& request, std::string& answer) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const grpc::Slice bytes(request);
    const grpc::ByteBuffer in(&bytes, 1);
    grpc::ByteBuffer out;
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareUnaryCall(&context, method, in, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&out, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    grpc::Slice whole;
    if (out.TrySingleSlice(&whole).ok()) answer.assign(whole.begin(), whole.end());
    return status;
  }
};

TEST_F(Health, ServiceSaysServing) {
  StartCoordinator();
  std::string answer;
  const grpc::Status status = Call("/grpc.health.v1.Health/Check", "", answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, std::string("\x08\x01")) << "HealthCheckResponse{status: SERVING}";
}

TEST_F(Health, ReflectionListsTheServices) {
  StartCoordinator();
  std::string answer;
  // ServerReflectionRequest{list_services: "*"}
  const grpc::Status status =
      Call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", std::string("\x3a\x01*"), answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_NE(answer.find("dgmo.fleet.v1.FleetAdmin"), std::string::npos);
  EXPECT_NE(answer.find("dgmo.fleet.v1.AgentGateway"), std::string::npos);
}

}  // namespace
}  // namespace fleet::coordinator
