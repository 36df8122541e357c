#include <algorithm>

#include "common/status.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/offer.h"

namespace fleet::coordinator {

namespace {

constexpr std::size_t kMaxAgents = 200'000;
constexpr std::size_t kMaxName = 255;
constexpr int kMaxRoots = 1'000;

// The id is part of file names and of command lines elsewhere.
bool IsAgentId(const std::string& id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

absl::Status CheckHello(const FleetState& state, const AgentAttached& event) {
  const v1::Hello& hello = event.hello;
  if (state.Link(event.stream) != nullptr) return InvalidArgument("Hello came twice on one stream");
  if (hello.protocol_version() != kProtocolVersion) {
    return FailedPrecondition("protocol version " + std::to_string(hello.protocol_version()) +
                              " is not known here; install an agent and a coordinator of one release");
  }
  if (!IsAgentId(hello.agent_id())) {
    return InvalidArgument("the agent id is not 1 to 128 letters, digits, '-', '_' or '.'");
  }
  if (hello.host_name().size() > kMaxName || hello.agent_version().size() > kMaxName || hello.os().size() > kMaxName) {
    return InvalidArgument("host name, version or operating system is over 255 bytes");
  }
  if (hello.roots_size() > kMaxRoots) return InvalidArgument("more than 1000 data roots");
  if (state.Agent(hello.agent_id()) == nullptr && state.agents().size() >= kMaxAgents) {
    return ResourceExhausted("the fleet is full: 200000 machines are known here");
  }
  return absl::OkStatus();
}

// What the agent is to hear again: it may have missed all of it. Its journal makes repeats harmless.
void TellWaitingCommands(const FleetState& state, const AgentAttached& event, const Moment& moment,
                         Decision& decision) {
  const auto& waiting = state.command_index().waiting_by_agent;
  const auto commands = waiting.find(event.hello.agent_id());
  if (commands == waiting.end()) return;
  for (const auto& [created, id] : commands->second) {
    CommandRow row = *state.Command(id);
    if (row.expires_ms <= moment.now_ms) continue;  // its timer is about to decide
    if (row.cancel_requested) {
      AskToCancel(row, event.stream, decision);
      continue;
    }
    const bool first = row.offered_ms == 0;
    Offer(row, event.stream, moment, decision);
    if (first) decision.changes.push_back(Put(std::move(row)));
  }
}

AgentRow AttachedRow(const FleetState& state, const v1::Hello& hello, std::int64_t now_ms) {
  const RowPtr<AgentRow> known = state.Agent(hello.agent_id());
  AgentRow row = known != nullptr ? *known : AgentRow{};
  row.id = hello.agent_id();
  row.host_name = hello.host_name();
  row.agent_version = hello.agent_version();
  row.os = hello.os();
  if (known == nullptr) row.first_seen_ms = now_ms;
  row.last_seen_ms = now_ms;
  row.connectivity = Connectivity::kOnline;
  SetRootTotals(hello.roots(), row);
  return row;
}

}  // namespace

void SetRootTotals(const google::protobuf::RepeatedPtrField<v1::RootFacts>& roots, AgentRow& row) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  row.sessions = 0;
  row.messages = 0;
  for (const v1::RootFacts& root : roots) {
    row.sessions = std::min(kMost, row.sessions + std::clamp(root.sessions(), std::int64_t{0}, kMost));
    row.messages = std::min(kMost, row.messages + std::clamp(root.messages(), std::int64_t{0}, kMost));
  }
}

Decision DecideAttached(const FleetState& state, const AgentAttached& event, const Moment& moment) {
  Decision decision;
  if (absl::Status status = CheckHello(state, event); !status.ok()) {
    Refuse(event.stream, status, decision);
    decision.status = std::move(status);
    return decision;
  }
  if (const auto earlier = state.LinkOfAgent(event.hello.agent_id())) {
    decision.changes.push_back(Drop<LinkRow>(earlier->stream));
    Refuse(earlier->stream, AlreadyExists("agent " + earlier->agent_id + " attached again on another stream"),
           decision);
  }
  decision.changes.push_back(Put(AttachedRow(state, event.hello, moment.now_ms)));
  LinkRow link;
  link.stream = event.stream;
  link.agent_id = event.hello.agent_id();
  decision.changes.push_back(Put(std::move(link)));
  SendMessage welcome{event.stream, {}};
  welcome.message.mutable_welcome()->set_heartbeat_interval_ms(moment.settings.heartbeat_interval_ms);
  welcome.message.mutable_welcome()->set_coordinator_time_ms(moment.now_ms);
  decision.effects.emplace_back(std::move(welcome));
  TellWaitingCommands(state, event, moment, decision);
  return decision;
}

Decision DecideDetached(const FleetState& state, const AgentDetached& event, const Moment& moment) {
  Decision decision;
  const RowPtr<LinkRow> link = state.Link(event.stream);
  if (link == nullptr) return decision;  // a newer stream of the agent has replaced it
  decision.changes.push_back(Drop<LinkRow>(event.stream));
  AgentRow row = *state.Agent(link->agent_id);
  row.last_seen_ms = moment.now_ms;
  // The gateway calls it offline when it stays away.
  if (row.connectivity == Connectivity::kOnline) row.connectivity = Connectivity::kStale;
  decision.changes.push_back(Put(std::move(row)));
  return decision;
}

Decision DecideConnectivity(const FleetState& state, const ConnectivityChanged& event, const Moment&) {
  Decision decision;
  const RowPtr<AgentRow> agent = state.Agent(event.agent_id);
  if (agent == nullptr || agent->connectivity == event.connectivity) return decision;
  // Without a stream nobody can be online: the verdict was overtaken by the end of the stream.
  if (event.connectivity == Connectivity::kOnline && state.LinkOfAgent(event.agent_id) == nullptr) return decision;
  AgentRow row = *agent;
  row.connectivity = event.connectivity;
  row.last_seen_ms = std::max(row.last_seen_ms, event.last_seen_ms);
  decision.changes.push_back(Put(std::move(row)));
  return decision;
}

}  // namespace fleet::coordinator
