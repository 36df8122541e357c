#include "agent/link/grpc_transport.h"

#include <grpcpp/create_channel.h>

#include <utility>

#include "common/channel_args.h"
#include "common/grpc_status.h"
#include "common/status.h"

namespace fleet::agent {

absl::StatusOr<std::shared_ptr<grpc::Channel>> CoordinatorChannel(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const bool unix_socket = address.starts_with("unix:");
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (!unix_socket &&
      (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos || colon == 0)) {
    return InvalidArgument("--coordinator " + address + ": not of the form HOST:PORT, such as " +
                           kDefaultCoordinatorAddress);
  }
  if (!IsLoopback(address)) {
    return FailedPrecondition("--coordinator " + address +
                              ": another machine's coordinator needs TLS, which this version does not have; use a "
                              "coordinator on this machine (127.0.0.1) or a tunnel to one");
  }
  grpc::ChannelArguments args = ClientChannelArgs();
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // this machine is not reached through a proxy
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), args);
}

GrpcTransport::GrpcTransport(std::shared_ptr<grpc::Channel> channel, Executor& strand, TransportEvents& events)
    : channel_(std::move(channel)), stub_(v1::AgentGateway::NewStub(channel_)), strand_(strand), events_(events) {}

GrpcTransport::~GrpcTransport() { Shutdown(std::chrono::milliseconds(0)); }

void GrpcTransport::Open(StreamNumber number) {
  {
    MutexLock lock(mu_);
    ++open_;
    number_ = number;
  }
  auto stream = CoordinatorStream::Start(
      *stub_, {.message =
                   [this, number](v1::CoordinatorMessage message) {
                     strand_.Post([this, number, message = std::move(message)] {
                       events_.OnMessage(number, message);
                       if (const auto current = Current(number)) current->ReadNext();
                     });
                   },
               .done = [this, number](const grpc::Status& status) { OnStreamDone(number, status); }});
  MutexLock lock(mu_);
  stream_ = std::move(stream);
}

void GrpcTransport::Send(StreamNumber number, v1::AgentMessage message) {
  if (const auto stream = Current(number)) stream->Send(std::move(message));
}

void GrpcTransport::Close(StreamNumber number) {
  if (const auto stream = Current(number)) stream->Cancel();
}

std::shared_ptr<CoordinatorStream> GrpcTransport::Current(StreamNumber number) {
  MutexLock lock(mu_);
  return number == number_ ? stream_ : nullptr;
}

void GrpcTransport::OnStreamDone(StreamNumber number, const grpc::Status& status) {
  strand_.Post([this, number, status] { events_.OnClosed(number, FromGrpc(status)); });
  MutexLock lock(mu_);
  --open_;
  ended_.notify_all();
}

void GrpcTransport::Shutdown(std::chrono::milliseconds limit) {
  std::shared_ptr<CoordinatorStream> stream;
  {
    MutexLock lock(mu_);
    stream = stream_;
  }
  if (!stream) return;
  stream->HalfClose();
  if (!Ended(std::chrono::steady_clock::now() + limit)) stream->Cancel();
  Ended(MonoTime::max());
}

bool GrpcTransport::Ended(MonoTime until) {
  MutexLock lock(mu_);
  while (open_ > 0) {
    if (until == MonoTime::max()) {
      ended_.wait(mu_);
    } else if (ended_.wait_until(mu_, until) == std::cv_status::timeout) {
      return open_ == 0;
    }
  }
  return true;
}

}  // namespace fleet::agent
