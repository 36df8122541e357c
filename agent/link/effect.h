#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/finding_wire.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::agent {

// Streams are numbered by the session; what is said about an older one is ignored.
enum class StreamNumber : std::uint64_t {};

// What the session wants done, in this order.
struct OpenStream {
  StreamNumber stream{};
};
struct SendMessage {
  StreamNumber stream{};
  v1::AgentMessage message;
};
struct CloseStream {
  StreamNumber stream{};
};
struct RunCommand {
  std::string command_id;
  v1::Action action;
};
// A line for the log: "event key=value".
struct Note {
  bool problem = false;
  std::string text;
};
using Effect = std::variant<OpenStream, SendMessage, CloseStream, RunCommand, Note>;
using Effects = std::vector<Effect>;

}  // namespace fleet::agent
