#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "common/finding_wire.h"
#include "dgmo/fleet/v1/command.pb.h"

namespace fleet::agent {

// How a command ended: SUCCEEDED or FAILED, with the evidence.
struct CommandOutcome {
  v1::CommandState state = v1::COMMAND_STATE_FAILED;
  v1::CommandResult result;
};

// One command as the agent remembers it. Times are Unix milliseconds by this machine's clock.
struct CommandRecord {
  std::uint64_t number = 0;  // order of arrival; names its file
  std::string command_id;
  v1::Action action;
  std::int64_t received_ms = 0;
  std::int64_t expires_ms = 0;
  v1::CommandState state = v1::COMMAND_STATE_DELIVERED;  // or STARTED, or how it ended
  v1::CommandResult result;
  bool acknowledged = false;  // the coordinator has recorded how it ended
};

// DELIVERED and STARTED are not.
inline bool HasEnded(const CommandRecord& record) {
  return record.state != v1::COMMAND_STATE_DELIVERED && record.state != v1::COMMAND_STATE_STARTED;
}

// Where the records survive a crash. Called on the agent's strand; blocks for the disk.
class CommandStore {
 public:
  virtual ~CommandStore() = default;
  // The record replaces the one of its number; durable when it returns OK, old or new when it does not.
  virtual absl::Status Save(const CommandRecord& record) = 0;
  virtual absl::Status Remove(std::uint64_t number) = 0;
};

}  // namespace fleet::agent
