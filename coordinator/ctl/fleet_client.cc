#include "coordinator/ctl/fleet_client.h"

#include <grpcpp/create_channel.h>

#include "common/channel_args.h"
#include "common/grpc_status.h"
#include "common/status.h"
#include "common/time_text.h"

namespace fleet::coordinator {

FleetClient::FleetClient(const std::string& address, std::chrono::milliseconds timeout)
    : address_(address),
      timeout_(timeout),
      channel_(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), ClientChannelArgs())),
      stub_(v1::FleetAdmin::NewStub(channel_)) {}

bool FleetClient::WaitForConnection(std::chrono::milliseconds limit) {
  return channel_->WaitForConnected(std::chrono::system_clock::now() + limit);
}

absl::Status FleetClient::Explain(const grpc::Status& status) const {
  const absl::Status answer = FromGrpc(status);
  switch (answer.code()) {
    case absl::StatusCode::kUnavailable:
      return Unavailable("cannot ask the coordinator at " + address_ + ": " + MessageOf(answer) +
                         "; see that it runs, or name another with --coordinator or DGMO_COORDINATOR");
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError("no answer from the coordinator at " + address_ + " within " +
                                         DurationText(timeout_.count()) +
                                         "; try again, or allow more time with --timeout");
    case absl::StatusCode::kUnimplemented:
      return absl::UnimplementedError("what listens at " + address_ +
                                      " does not know this request; see that it is a dgmo-coordinator of this version");
    default: return answer;
  }
}

}  // namespace fleet::coordinator
