#pragma once

#include <grpcpp/support/channel_arguments.h>

#include <string>

namespace grpc {
class ServerBuilder;
}

namespace fleet {

// Largest message either side accepts. A whole set of findings travels in parts far below it.
inline constexpr int kMaxMessageBytes = 4 * 1024 * 1024;

// Where a coordinator listens, and where agents and dgmoctl look for it, unless told otherwise.
inline constexpr char kDefaultCoordinatorAddress[] = "127.0.0.1:7443";

// Both ends of the agents' channel in one place, because keepalive kills the connection when they disagree:
// the server must allow pings as often as the client sends them.
grpc::ChannelArguments ClientChannelArgs();
void ApplyServerChannelArgs(grpc::ServerBuilder& builder);

// Whether "host:port" names this machine only (127.0.0.0/8, ::1, localhost, a Unix socket).
bool IsLoopback(const std::string& address);

}  // namespace fleet
