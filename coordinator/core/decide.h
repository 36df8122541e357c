#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/random_id.h"
#include "coordinator/core/change.h"
#include "coordinator/core/escalation_plan.h"
#include "coordinator/core/event.h"
#include "coordinator/core/fleet_state.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::coordinator {

struct SendMessage {
  StreamId stream{};
  v1::CoordinatorMessage message;
};
struct CloseStream {
  StreamId stream{};
  absl::Status why;
};
struct SendNotice {
  std::string channel;
  NoticeKey key;
  Notice notice;
};
using Effect = std::variant<SendMessage, CloseStream, SendNotice>;

// What follows from one event. Nothing of it has happened yet.
struct Decision {
  std::vector<Change> changes;
  std::vector<Effect> effects;
  absl::Status status;  // for whoever waits for the event: why it was refused
  std::string subject;  // the id of the dispatch or incident that was asked for
};

struct DecideSettings {
  std::int64_t heartbeat_interval_ms = 30'000;  // told to agents in Welcome
  EscalationPlan escalation;
  // Makes the id of a new row from a prefix such as "inc". Tests give one that counts.
  std::function<std::string(std::string_view)> new_id = RandomId;
};

struct Moment {
  std::int64_t now_ms = 0;
  const DecideSettings& settings;
};

// Pure: the same state, event, time and ids give the same decision. No decider reads a clock, a file or the store.
Decision Decide(const FleetState& state, const Event& event, const Moment& moment);

Decision DecideAttached(const FleetState& state, const AgentAttached& event, const Moment& moment);
Decision DecideDetached(const FleetState& state, const AgentDetached& event, const Moment& moment);
Decision DecideConnectivity(const FleetState& state, const ConnectivityChanged& event, const Moment& moment);
Decision DecideReport(const FleetState& state, const ReportReceived& event, const Moment& moment);
Decision DecideCommandUpdate(const FleetState& state, const CommandUpdateReceived& event, const Moment& moment);
Decision DecideStart(const FleetState& state, const DispatchStarted& event, const Moment& moment);
Decision DecideCancel(const FleetState& state, const DispatchCancelled& event, const Moment& moment);
Decision DecideAcknowledge(const FleetState& state, const IncidentAcknowledged& event, const Moment& moment);
Decision DecideRelease(const FleetState& state, const IncidentReleased& event, const Moment& moment);
Decision DecideNote(const FleetState& state, const IncidentNoted& event, const Moment& moment);
Decision DecideAttempted(const FleetState& state, const NoticeAttempted& event, const Moment& moment);
Decision DecideDeadline(const FleetState& state, const Moment& moment);

// What the machine holds, as its agent says; nonsense is clamped.
void SetRootTotals(const google::protobuf::RepeatedPtrField<v1::RootFacts>& roots, AgentRow& row);

}  // namespace fleet::coordinator
