#pragma once

#include <absl/status/status.h>

#include "agent/link/effect.h"

namespace fleet::agent {

// Carries one stream at a time. Called on the agent's strand; never blocks. What arrives and how a stream ended is told
// on the strand, never from inside these calls.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void Open(StreamNumber stream) = 0;
  virtual void Send(StreamNumber stream, v1::AgentMessage message) = 0;
  // Drops the stream; what has not been sent is lost.
  virtual void Close(StreamNumber stream) = 0;
};

class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  virtual void OnMessage(StreamNumber stream, const v1::CoordinatorMessage& message) = 0;
  // Once for each stream, after its last message, also when it was closed from here.
  virtual void OnClosed(StreamNumber stream, const absl::Status& why) = 0;
};

}  // namespace fleet::agent
