#include "coordinator/coordinator.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "common/status.h"
#include "coordinator/core/query_agents.h"

namespace fleet::coordinator {

namespace {

// What is left of a second after the streams have been closed in good order.
constexpr std::chrono::milliseconds kShutdownWithin{700};

// What gRPC may hold for all connections: plenty for each agent that is allowed, and an end for peers that send without
// one. It reads a message to its end before it refuses the size, and over this limit it cuts streams off, innocent
// ones too (their agents attach again).
std::size_t MostBuffered(const CoordinatorSettings& settings) {
  return (256UL << 20U) + settings.gateway.max_streams * (64UL << 10U);
}

DecideSettings SettingsOfCore(const CoordinatorSettings& settings, EscalationPlan plan) {
  DecideSettings decide;
  decide.escalation = std::move(plan);
  decide.heartbeat_interval_ms = settings.gateway.heartbeat_interval.count();
  return decide;
}

}  // namespace

absl::Status CheckListen(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  const bool has_port = colon != std::string::npos && colon + 1 < listen.size() &&
                        listen.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (!has_port) return InvalidArgument("cannot listen on \"" + listen + "\": it is not HOST:PORT; try 127.0.0.1:7443");
  if (!IsLoopback(listen)) {
    return FailedPrecondition("will not listen on " + listen +
                              ": without TLS only addresses of this machine are safe; use 127.0.0.1:PORT");
  }
  return absl::OkStatus();
}

void Coordinator::Outputs::SendToStream(StreamId stream, v1::CoordinatorMessage message) {
  streams_.Send(stream, std::move(message));
}
void Coordinator::Outputs::CloseStream(StreamId stream, const absl::Status& why) { streams_.Close(stream, why); }
void Coordinator::Outputs::DeliverNotice(const std::string& channel, const NoticeKey& key, Notice notice) {
  messenger_.Deliver(channel, key, std::move(notice));
}
void Coordinator::Outputs::FleetChanged(const FleetEvent& event) { watchers_.Publish(event); }

Coordinator::Coordinator(CoordinatorSettings settings, std::unique_ptr<Store> store, EscalationConfig escalation,
                         const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      store_(std::move(store)),
      messenger_(std::move(escalation.channels),
                 [this](const NoticeKey& key, const Delivery& delivery) {
                   core_.Handle(NoticeAttempted{key, delivery});
                 }),
      core_({strand_, clock_, *store_, outputs_, SettingsOfCore(settings_, std::move(escalation.plan))}),
      gateway_({strand_, clock_, core_, streams_, settings_.gateway}),
      admin_({core_, renderer_, clock_, watchers_,
              [this](const std::string& agent_id) { return gateway_.LastHeardMs(agent_id); }}) {}

absl::StatusOr<std::unique_ptr<Coordinator>> Coordinator::Start(CoordinatorSettings settings,
                                                                std::unique_ptr<Store> store,
                                                                EscalationConfig escalation, const Clock& clock) {
  RETURN_IF_ERROR(CheckListen(settings.listen));
  auto coordinator = std::unique_ptr<Coordinator>(
      new Coordinator(std::move(settings), std::move(store), std::move(escalation), clock));
  RETURN_IF_ERROR(coordinator->core_.Load());
  coordinator->WatchSilence();
  RETURN_IF_ERROR(coordinator->Serve());
  return coordinator;
}

void Coordinator::WatchSilence() {
  core_.Read([this](const FleetState& state) { gateway_.Start(StaleAgents(state)); });
}

absl::Status Coordinator::Serve() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  ApplyServerChannelArgs(builder);
  builder.SetResourceQuota(grpc::ResourceQuota("coordinator").Resize(MostBuffered(settings_)));
  int port = 0;
  builder.AddListeningPort(settings_.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&gateway_);
  builder.RegisterService(&admin_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    return FailedPrecondition("cannot listen on " + settings_.listen +
                              ": another program has the port, or the address is not of this machine; choose another "
                              "with --listen");
  }
  address_ = settings_.listen.substr(0, settings_.listen.rfind(':') + 1) + std::to_string(port);
  spdlog::info("serving address={}", address_);
  return absl::OkStatus();
}

void Coordinator::Stop() {
  if (std::exchange(stopped_, true)) return;
  if (server_ != nullptr) {
    if (auto* health = server_->GetHealthCheckService()) health->Shutdown();
    gateway_.Stop();
    watchers_.CloseAll(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the coordinator stops"));
    server_->Shutdown(std::chrono::system_clock::now() + kShutdownWithin);
    spdlog::info("stopped address={}", address_);
  }
  messenger_.Stop();
  strand_.Stop();
  renderer_.Stop();
}

}  // namespace fleet::coordinator
