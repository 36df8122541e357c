#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "common/channel_args.h"
#include "common/status.h"
#include "coordinator/coordinator.h"
#include "coordinator/store/sql_store.h"
#include "coordinator/store/sqlite_connection.h"
#include "dgmo/fleet/v1/agent_gateway.grpc.pb.h"
#include "dgmo/fleet/v1/fleet_admin.grpc.pb.h"
#include "tests/coordinator/support/movable_clock.h"
#include "tests/support/temp_dir.h"

namespace fleet::coordinator {

// SQLite, and a switch that makes commits fail.
class SwitchedStore final : public Store {
 public:
  SwitchedStore(std::unique_ptr<Store> store, const std::atomic<bool>& failing)
      : store_(std::move(store)), failing_(failing) {}
  absl::StatusOr<std::vector<Change>> Load() override { return store_->Load(); }
  absl::Status Commit(std::span<const Change> changes) override {
    return failing_ ? Unavailable("the disk is full") : store_->Commit(changes);
  }

 private:
  const std::unique_ptr<Store> store_;
  const std::atomic<bool>& failing_;
};

// One agent's end of a stream. Reads and writes block; a test that hangs ends with the stream's time limit.
class TestAgent {
 public:
  explicit TestAgent(const std::shared_ptr<grpc::Channel>& channel) : stub_(v1::AgentGateway::NewStub(channel)) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    stream_ = stub_->Attach(&context_);
  }
  ~TestAgent() {
    if (!finished_) context_.TryCancel();
    if (!finished_) stream_->Finish();
  }

  static v1::Hello HelloOf(const std::string& id, const std::string& host = "host-a") {
    v1::Hello hello;
    hello.set_agent_id(id);
    hello.set_host_name(host);
    hello.set_agent_version("0.1.0");
    hello.set_protocol_version(1);
    hello.set_os("Linux");
    return hello;
  }
  static v1::Finding FindingOf(const std::string& fingerprint, v1::Severity severity = v1::SEVERITY_P2) {
    v1::Finding finding;
    finding.set_fingerprint(fingerprint);
    finding.set_code("SUBSESSION_INDEX_MISSING");
    finding.set_severity(severity);
    finding.set_component("sub-sessions");
    finding.set_root("/home/dev/.local/share/opencode");
    finding.set_path("/home/dev/.local/share/opencode/x");
    finding.set_repair("R-INDEX");
    return finding;
  }
  static v1::AgentMessage ReportOf(std::uint64_t sequence, const std::vector<v1::Finding>& findings) {
    v1::AgentMessage message;
    message.mutable_report()->set_sequence(sequence);
    message.mutable_report()->set_full(true);
    for (const v1::Finding& finding : findings) *message.mutable_report()->add_found() = finding;
    return message;
  }

  bool Send(const v1::AgentMessage& message) { return stream_->Write(message); }
  bool SendHeartbeat() {
    v1::AgentMessage message;
    message.mutable_heartbeat();
    return Send(message);
  }
  bool SendHello(const v1::Hello& hello) {
    v1::AgentMessage message;
    *message.mutable_hello() = hello;
    return Send(message);
  }
  // The next message, of no kind when the stream has ended.
  v1::CoordinatorMessage Read() {
    v1::CoordinatorMessage message;
    if (!stream_->Read(&message)) message.Clear();
    return message;
  }
  bool Attach(const v1::Hello& hello) { return SendHello(hello) && Read().has_welcome(); }
  void HalfClose() { stream_->WritesDone(); }
  void Cancel() { context_.TryCancel(); }
  // Reads what is left; then how the stream ended.
  grpc::Status End() {
    v1::CoordinatorMessage message;
    while (stream_->Read(&message)) {
    }
    finished_ = true;
    return stream_->Finish();
  }

 private:
  std::unique_ptr<v1::AgentGateway::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AgentMessage, v1::CoordinatorMessage>> stream_;
  bool finished_ = false;
};

// A whole coordinator with its store in a folder of its own, reached through a real port: gRPC 1.51's
// in-process transport aborts now and then when a server ends a stream.
class EdgeFixture : public ::testing::Test {
 protected:
  EdgeFixture() {
    settings_.listen = "127.0.0.1:0";
    settings_.gateway.heartbeat_interval = std::chrono::milliseconds(100);  // a real tick comes that often
  }
  ~EdgeFixture() override { StopCoordinator(); }

  void StartCoordinator() {
    auto connection = OpenSqlite(folder_ / "coordinator.db");
    ASSERT_TRUE(connection.ok()) << connection.status();
    auto store = OpenSqlStore(*std::move(connection));
    ASSERT_TRUE(store.ok()) << store.status();
    auto started =
        Coordinator::Start(settings_, std::make_unique<SwitchedStore>(*std::move(store), store_fails_), {}, clock_);
    ASSERT_TRUE(started.ok()) << started.status();
    coordinator_ = *std::move(started);
    channel_ =
        grpc::CreateCustomChannel(coordinator_->address(), grpc::InsecureChannelCredentials(), ClientChannelArgs());
    admin_ = v1::FleetAdmin::NewStub(channel_);
  }
  void StopCoordinator() {
    admin_.reset();
    channel_.reset();
    coordinator_.reset();
  }

  // Asks and gives the status; the answer is in `reply`.
  template <class Request, class Reply>
  grpc::Status Ask(grpc::Status (v1::FleetAdmin::Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                   const Request& request, Reply& reply) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return ((*admin_).*method)(&context, request, &reply);
  }
  v1::Agent AgentNamed(const std::string& name) {
    v1::GetAgentRequest request;
    request.set_agent(name);
    v1::GetAgentResponse reply;
    EXPECT_TRUE(Ask(&v1::FleetAdmin::Stub::GetAgent, request, reply).ok());
    return reply.agent();
  }

  const TempDir folder_;
  MovableClock clock_;
  CoordinatorSettings settings_;
  std::atomic<bool> store_fails_ = false;
  std::unique_ptr<Coordinator> coordinator_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::FleetAdmin::Stub> admin_;
};

}  // namespace fleet::coordinator
