#pragma once

#include <absl/status/status.h>

#include <variant>

#include "coordinator/core/rows.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::coordinator {

// A command with what a reader cannot see in its row.
struct CommandView {
  RowPtr<CommandRow> row;
  std::string waiting_for;  // empty when it does not wait
};

// Something that watchers want to know: the row as it is now.
struct FleetEvent {
  std::int64_t at_ms = 0;
  std::variant<RowPtr<AgentRow>, RowPtr<IncidentRow>, CommandView> what;
};

// Where the core's effects go, always after the commit that they depend on, in the order decided. Called on the
// core strand: must not block, and must not wait for the core. Streams that are gone are ignored; one that cannot
// take a message is closed by the gateway (the agent attaches again and hears everything anew).
class CoreOutputs {
 public:
  virtual ~CoreOutputs() = default;
  virtual void SendToStream(StreamId stream, v1::CoordinatorMessage message) = 0;
  virtual void CloseStream(StreamId stream, const absl::Status& why) = 0;
  // To be delivered by the channel of that name; how it went comes back as NoticeAttempted.
  virtual void DeliverNotice(const std::string& channel, const NoticeKey& key, Notice notice) = 0;
  virtual void FleetChanged(const FleetEvent& event) = 0;
};

}  // namespace fleet::coordinator
