#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/executor.h"
#include "common/mutex.h"
#include "coordinator/core/core.h"
#include "coordinator/gateway/liveness.h"
#include "coordinator/gateway/stream_table.h"
#include "dgmo/fleet/v1/agent_gateway.grpc.pb.h"

namespace fleet::coordinator {

struct GatewaySettings {
  std::chrono::milliseconds heartbeat_interval{10'000};
  std::size_t max_streams = 20'000;
};

// What the gateway uses; all of it outlives the gateway.
struct GatewayParts {
  Executor& executor;
  const Clock& clock;
  Core& core;
  StreamTable& streams;
  GatewaySettings settings;
};

// The service that agents attach to. Lets streams in, answers heartbeats, tells the core what it has to decide (which
// checks what the messages say), and watches who falls silent. Any thread. Destroy it after the server was shut down
// and the executor has stopped.
class Gateway final : public v1::AgentGateway::CallbackService, private StreamEvents {
 public:
  explicit Gateway(GatewayParts parts);

  // Begins to watch the machines: these were not offline when the process before ended. Once, before serving.
  void Start(const std::vector<std::string>& stale_agents);
  // Lets nobody in any more and closes every stream. Once.
  void Stop();

  // By the wall clock; 0 when this process has not heard the machine.
  std::int64_t LastHeardMs(const std::string& agent_id) const ABSL_LOCKS_EXCLUDED(mu_);

  grpc::ServerBidiReactor<v1::AgentMessage, v1::CoordinatorMessage>* Attach(
      grpc::CallbackServerContext* context) override;

 private:
  using StreamPtr = std::shared_ptr<AgentStream>;

  void OnMessage(const StreamPtr& stream, v1::AgentMessage message) override;
  void OnClosed(const StreamPtr& stream) override;

  void OnHello(const StreamPtr& stream, v1::Hello hello);
  void OnAttached(const StreamPtr& stream, const std::string& agent_id);
  void OnHeartbeat(const StreamPtr& stream);
  void Heard(StreamId stream, const std::string& agent_id) ABSL_LOCKS_EXCLUDED(mu_);
  // To the core; the stream reads on when it has decided.
  void Tell(const StreamPtr& stream, Event event);
  void Tick();
  void JudgeSilence(MonoTime now) ABSL_LOCKS_EXCLUDED(mu_);
  std::int64_t WallMs(MonoTime then) const;

  const GatewayParts parts_;
  const std::chrono::milliseconds tick_every_;
  std::atomic<bool> stopped_ = false;
  MonoTime last_tick_{};  // executor only
  // Also held while the core is told, so that it hears the changes of a machine in the order they happened.
  mutable Mutex mu_;
  Liveness liveness_ ABSL_GUARDED_BY(mu_);
};

}  // namespace fleet::coordinator
