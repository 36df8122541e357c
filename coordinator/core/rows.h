#pragma once

#include <absl/status/statusor.h>

#include <compare>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/finding.h"
#include "coordinator/core/notice.h"
#include "dgmo/fleet/v1/command.pb.h"
#include "dgmo/fleet/v1/dispatch.pb.h"
#include "dgmo/fleet/v1/incident.pb.h"

namespace fleet {
namespace v1 = ::dgmo::fleet::v1;
}

namespace fleet::coordinator {

// What the coordinator knows, as rows of the store. A row is immutable once made: a change is a new row with the
// same key, so readers keep pointers and render them on any thread. All times are Unix milliseconds by the
// coordinator's clock; 0 means "not yet".
template <class Row>
using RowPtr = std::shared_ptr<const Row>;
using FindingPtr = std::shared_ptr<const Finding>;

enum class StreamId : std::uint64_t {};

enum class Connectivity : std::uint8_t { kOnline, kStale, kOffline };
inline constexpr int kConnectivities = 3;
inline constexpr int kHealths = 5;
inline constexpr int kCommandStates = 9;                // values of v1::CommandState, UNSPECIFIED included
std::string_view ConnectivityText(Connectivity value);  // "online", "stale", "offline"
std::string CommandStateText(v1::CommandState state);   // "QUEUED", ...
bool IsFinal(v1::CommandState state);                   // UNKNOWN included

struct AgentRow {
  using Key = std::string;
  std::string id;
  std::string host_name;
  std::string agent_version;
  std::string os;
  std::int64_t first_seen_ms = 0;
  // Written at attach, detach and changes of connectivity only; the gateway knows better while a stream is open.
  std::int64_t last_seen_ms = 0;
  Connectivity connectivity = Connectivity::kOffline;
  bool repairing = false;
  std::int64_t sessions = 0;
  std::int64_t messages = 0;
  std::int64_t omitted_findings = 0;
  // Its last recovery drill.
  struct Drill {
    std::int64_t began_ms = 0;  // 0: none
    bool all = false;
    std::int64_t passed = 0;
    std::int64_t failed = 0;
    std::int64_t skipped = 0;
    bool operator==(const Drill&) const = default;
  };
  Drill last_drill;
  // Number of its finding rows by severity, kept up to date by whoever changes them.
  std::int64_t findings_by_severity[kSeverities] = {};

  Key key() const { return id; }
  bool operator==(const AgentRow&) const = default;
};
Health HealthOf(const AgentRow& agent);

// One fault of one machine: the identity of findings and of the incidents about them.
struct FaultKey {
  std::string agent_id;
  std::string fingerprint;
  auto operator<=>(const FaultKey&) const = default;
};

struct FindingRow {
  using Key = FaultKey;
  std::string agent_id;
  FindingPtr finding;  // never null

  Key key() const { return {agent_id, finding->fingerprint}; }
};

struct IncidentRow {
  using Key = std::string;
  std::string id;
  std::string agent_id;
  std::string host_name;  // when it was opened
  // Repairing whether acknowledged or not, as long as a repair runs.
  v1::IncidentState state = v1::INCIDENT_STATE_OPEN;
  Severity severity = Severity::kP3;
  FindingPtr finding;  // as last reported; never null
  std::int64_t opened_ms = 0;
  std::int64_t updated_ms = 0;
  // While it is acknowledged: when a response will be due if the acknowledgement runs out.
  std::int64_t respond_by_ms = 0;
  bool half_over = false;  // half of the time to respond passed, and its timeline says so
  bool overdue = false;    // respond_by passed while nobody had acknowledged it, and its timeline says so
  std::string owner;       // who has acknowledged it, or empty
  std::int64_t acknowledged_until_ms = 0;
  std::int64_t reopened = 0;  // how often it came back
  std::int64_t resolved_ms = 0;
  std::string command_id;        // the command that is curing or has cured it, or empty
  std::int64_t events = 0;       // rows of its timeline
  std::int64_t notices = 0;      // that were made of it
  std::int64_t step = 0;         // of its chain that is next
  std::int64_t step_due_ms = 0;  // as respond_by while it is acknowledged; 0: there is none

  Key key() const { return id; }
};
bool IsOpen(const IncidentRow& incident);  // acknowledged and repairing included
bool IsAcknowledged(const IncidentRow& incident);

// One line of an incident's timeline; never changed.
struct TimelineKey {
  std::string incident_id;
  std::int64_t number = 0;  // from 0
  auto operator<=>(const TimelineKey&) const = default;
};
struct TimelineRow {
  using Key = TimelineKey;
  std::string incident_id;
  std::int64_t number = 0;
  std::int64_t at_ms = 0;
  std::string what;  // the closed set of v1::IncidentEvent.what
  std::string detail;

  Key key() const { return {incident_id, number}; }
  bool operator==(const TimelineRow&) const = default;
};

// One message of the outbox: what one channel is told of one incident.
enum class NoticeState : std::uint8_t {
  kWaiting,  // for its first attempt, or another
  kDelivered,
  kDead,  // refused, or given up: a person has to look
};
inline constexpr int kNoticeStates = 3;
// The due time of one that waits for an earlier one of the same incident and channel.
inline constexpr std::int64_t kHeldBack = std::numeric_limits<std::int64_t>::max();
struct NoticeKey {
  std::string incident_id;
  std::int64_t number = 0;  // from 0
  auto operator<=>(const NoticeKey&) const = default;
};
std::string_view NoticeStateText(NoticeState state);  // "waiting", "delivered", "dead"
absl::StatusOr<NoticeState> NoticeStateFromText(std::string_view text);
std::string NoticeId(const NoticeKey& key);  // by which receivers know it
struct NoticeRow {
  using Key = NoticeKey;
  std::int64_t number = 0;
  std::string channel;
  Notice notice;  // its thread is filled in when it is sent
  NoticeState state = NoticeState::kWaiting;
  std::int64_t attempts = 0;
  std::int64_t due_ms = 0;  // when it is sent, or sent again
  std::int64_t ended_ms = 0;
  std::string thread;  // as the channel gave it
  std::string detail;  // how the last attempt ended

  Key key() const { return {notice.incident_id, number}; }
  bool operator==(const NoticeRow&) const = default;
};

struct DispatchRow {
  using Key = std::string;
  std::string id;
  v1::Selector selector;
  std::shared_ptr<const v1::Action> action;  // never null; shared with its commands
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::string author;
  std::string request_id;  // may be empty
  bool cancel_requested = false;

  Key key() const { return id; }
};

struct CommandRow {
  using Key = std::string;
  std::string id;
  std::string dispatch_id;
  std::string agent_id;
  std::string host_name;  // when it was dispatched
  std::shared_ptr<const v1::Action> action;
  v1::CommandState state = v1::COMMAND_STATE_QUEUED;
  std::shared_ptr<const v1::CommandResult> result;  // null: no evidence yet
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::int64_t updated_ms = 0;
  // When it was first sent to the agent; durable before it is sent, so 0 proves that it cannot have begun.
  std::int64_t offered_ms = 0;
  bool cancel_requested = false;

  Key key() const { return id; }
};

// An attached agent. Lives in memory only: a restart ends all streams.
struct LinkRow {
  using Key = StreamId;
  StreamId stream{};
  std::string agent_id;
  std::uint64_t last_sequence = 0;
  bool complete = false;  // a whole set of findings has arrived on this stream
  // Parts of the next whole set, until its last part arrives.
  std::vector<std::shared_ptr<const std::vector<FindingPtr>>> parts;
  std::vector<std::string> unknown_paths;
  std::int64_t buffered = 0;  // findings in the parts

  Key key() const { return stream; }
};

bool operator==(const FindingRow& a, const FindingRow& b);
bool operator==(const IncidentRow& a, const IncidentRow& b);
bool operator==(const DispatchRow& a, const DispatchRow& b);
bool operator==(const CommandRow& a, const CommandRow& b);
// Everything but last_seen: a finding that only was seen again has not changed.
bool SameFault(const Finding& a, const Finding& b);

}  // namespace fleet::coordinator
