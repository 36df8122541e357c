#pragma once

#include <grpcpp/support/server_callback.h>

#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::coordinator {

// A stream that is answered with an error at once. Deletes itself when gRPC has let go of it.
class RefusedStream final
    : public grpc::ServerBidiReactor<dgmo::fleet::v1::AgentMessage, dgmo::fleet::v1::CoordinatorMessage> {
 public:
  explicit RefusedStream(const grpc::Status& why) { Finish(why); }

 private:
  void OnDone() override { delete this; }
};

}  // namespace fleet::coordinator
