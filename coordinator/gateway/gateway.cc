#include "coordinator/gateway/gateway.h"

#include <algorithm>
#include <utility>

#include "common/grpc_status.h"
#include "common/status.h"
#include "coordinator/gateway/refused_stream.h"

namespace fleet::coordinator {

namespace {

constexpr std::chrono::milliseconds kSlowestTick{1'000};

v1::CoordinatorMessage HeartbeatAnswer() {
  v1::CoordinatorMessage message;
  message.mutable_heartbeat_ack();
  return message;
}

}  // namespace

Gateway::Gateway(GatewayParts parts)
    : parts_(parts),
      tick_every_(std::min(parts.settings.heartbeat_interval, kSlowestTick)),
      liveness_(parts.settings.heartbeat_interval) {}

void Gateway::Start(const std::vector<std::string>& stale_agents) {
  {
    MutexLock lock(mu_);
    for (const std::string& agent_id : stale_agents) liveness_.Expect(agent_id, parts_.clock.Mono());
  }
  last_tick_ = parts_.clock.Mono();
  parts_.executor.PostAt(last_tick_ + tick_every_, [this] { Tick(); });
}

void Gateway::Stop() {
  stopped_ = true;
  parts_.streams.CloseAll(Unavailable("the coordinator stops; attach again in a moment"));
}

grpc::ServerBidiReactor<v1::AgentMessage, v1::CoordinatorMessage>* Gateway::Attach(
    grpc::CallbackServerContext* context) {
  const auto stream = parts_.streams.Open(*context, *this, parts_.settings.max_streams);
  if (stream == nullptr) {
    if (stopped_) return new RefusedStream(ToGrpc(Unavailable("the coordinator stops; attach again in a moment")));
    const std::string most = std::to_string(parts_.settings.max_streams);
    return new RefusedStream(ToGrpc(
        ResourceExhausted("this coordinator already has " + most + " agents attached; try again in 30 seconds")));
  }
  stream->ReadNext();
  return stream.get();
}

void Gateway::OnMessage(const StreamPtr& stream, v1::AgentMessage message) {
  const std::string agent_id = stream->agent_id();
  if (agent_id.empty() && !message.has_hello()) {
    return parts_.streams.Close(stream->id(), InvalidArgument("the first message is not a Hello; say Hello first"));
  }
  if (!agent_id.empty()) Heard(stream->id(), agent_id);
  switch (message.kind_case()) {
    case v1::AgentMessage::kHello: return OnHello(stream, std::move(*message.mutable_hello()));
    case v1::AgentMessage::kHeartbeat: return OnHeartbeat(stream);
    case v1::AgentMessage::kReport:
      return Tell(stream, ReportReceived{stream->id(), std::move(*message.mutable_report())});
    case v1::AgentMessage::kCommandUpdate:
      return Tell(stream, CommandUpdateReceived{stream->id(), std::move(*message.mutable_command_update())});
    case v1::AgentMessage::KIND_NOT_SET:
      return parts_.streams.Close(
          stream->id(), InvalidArgument("a message of no kind that is known here; install agent and coordinator of "
                                        "the same release"));
  }
}

void Gateway::OnHello(const StreamPtr& stream, v1::Hello hello) {
  std::string agent_id = hello.agent_id();
  parts_.core.Handle(AgentAttached{stream->id(), std::move(hello)},
                     [this, stream, agent_id = std::move(agent_id)](const absl::Status& status) {
                       if (!status.ok()) return parts_.streams.Close(stream->id(), status);
                       OnAttached(stream, agent_id);
                     });
}

void Gateway::OnAttached(const StreamPtr& stream, const std::string& agent_id) {
  stream->SetAgent(agent_id);
  Heard(stream->id(), agent_id);
  stream->ReadNext();
}

void Gateway::OnHeartbeat(const StreamPtr& stream) {
  parts_.streams.Send(stream->id(), HeartbeatAnswer());
  stream->ReadNext();
}

void Gateway::Tell(const StreamPtr& stream, Event event) {
  parts_.core.Handle(std::move(event), [this, stream](const absl::Status& status) {
    if (!status.ok()) return parts_.streams.Close(stream->id(), status);
    stream->ReadNext();
  });
}

void Gateway::OnClosed(const StreamPtr& stream) {
  parts_.streams.Drop(stream->id());
  parts_.core.Handle(AgentDetached{stream->id()});
}

void Gateway::Heard(StreamId stream, const std::string& agent_id) {
  const MonoTime now = parts_.clock.Mono();
  MutexLock lock(mu_);
  if (!liveness_.Heard(agent_id, stream, now)) return;
  parts_.core.Handle(ConnectivityChanged{agent_id, Connectivity::kOnline, WallMs(now)});
}

void Gateway::Tick() {
  if (stopped_) return;
  const MonoTime now = parts_.clock.Mono();
  // After a stall of this process nobody is judged: what the agents said meanwhile has yet to be read.
  if (now - last_tick_ < 3 * tick_every_) JudgeSilence(now);
  parts_.streams.CheckPatience();
  last_tick_ = now;
  parts_.executor.PostAt(now + tick_every_, [this] { Tick(); });
}

void Gateway::JudgeSilence(MonoTime now) {
  std::vector<LivenessVerdict> verdicts;
  {
    MutexLock lock(mu_);
    verdicts = liveness_.Tick(now);
    for (const LivenessVerdict& verdict : verdicts) {
      parts_.core.Handle(ConnectivityChanged{verdict.agent_id, verdict.connectivity, WallMs(verdict.heard)});
    }
  }
  for (const LivenessVerdict& verdict : verdicts) {
    if (verdict.connectivity != Connectivity::kOffline || verdict.stream == StreamId{}) continue;
    parts_.streams.Close(verdict.stream, absl::DeadlineExceededError("nothing heard for too long; attach again"));
  }
}

std::int64_t Gateway::WallMs(MonoTime then) const {
  const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(parts_.clock.Mono() - then);
  return ToMillis(parts_.clock.Now() - ago);
}

std::int64_t Gateway::LastHeardMs(const std::string& agent_id) const {
  std::optional<MonoTime> heard;
  {
    MutexLock lock(mu_);
    heard = liveness_.LastHeard(agent_id);
  }
  return heard ? WallMs(*heard) : 0;
}

}  // namespace fleet::coordinator
