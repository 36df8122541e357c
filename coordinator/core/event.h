#pragma once

#include <string>
#include <variant>

#include "coordinator/core/notice.h"
#include "coordinator/core/rows.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"
#include "dgmo/fleet/v1/fleet_admin.pb.h"

namespace fleet::coordinator {

// The only version of the agents' protocol so far.
inline constexpr std::uint32_t kProtocolVersion = 1;

// Everything that can happen to the core. Heartbeats never do: they end in the gateway's liveness table.

struct AgentAttached {
  StreamId stream{};
  v1::Hello hello;
};
struct ReportReceived {
  StreamId stream{};
  v1::FindingReport report;
};
struct CommandUpdateReceived {
  StreamId stream{};
  v1::CommandUpdate update;
};
// The stream is gone, for whatever reason. Said once for each AgentAttached; harmless when said more often.
struct AgentDetached {
  StreamId stream{};
};
// The liveness table's verdict on a machine.
struct ConnectivityChanged {
  std::string agent_id;
  Connectivity connectivity = Connectivity::kOffline;
  std::int64_t last_seen_ms = 0;  // when it was last heard; 0 leaves what is known
};
struct DispatchStarted {
  v1::StartDispatchRequest request;
};
struct DispatchCancelled {
  std::string dispatch_id;  // or the unique beginning of one
};
struct IncidentAcknowledged {
  v1::AcknowledgeIncidentRequest request;
};
struct IncidentReleased {
  v1::ReleaseIncidentRequest request;
};
struct IncidentNoted {
  v1::NoteIncidentRequest request;
};
// How an attempt to deliver a notice ended.
struct NoticeAttempted {
  NoticeKey key;
  Delivery delivery;
};
// The earliest due time of the state may have passed. Decides at most one of them.
struct TimerDue {};

using Event = std::variant<AgentAttached, ReportReceived, CommandUpdateReceived, AgentDetached, ConnectivityChanged,
                           DispatchStarted, DispatchCancelled, IncidentAcknowledged, IncidentReleased, IncidentNoted,
                           NoticeAttempted, TimerDue>;

}  // namespace fleet::coordinator
