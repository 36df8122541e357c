#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include "coordinator/admin/unary_call.h"
#include "coordinator/admin/watch_hub.h"
#include "coordinator/admin/wire.h"
#include "tests/coordinator/support/edge_fixture.h"

namespace fleet::coordinator {

namespace {

// A hub behind a server, without a coordinator; and one call that nobody answers.
class HubService final : public v1::FleetAdmin::CallbackService {
 public:
  grpc::ServerWriteReactor<v1::FleetEvent>* Watch(grpc::CallbackServerContext*, const v1::WatchRequest*) override {
    return *hub.Open([](const FleetEvent& event) { return ToWire(event, [](const std::string&) { return 0; }); });
  }
  grpc::ServerUnaryReactor* GetOverview(grpc::CallbackServerContext*, const v1::GetOverviewRequest*,
                                        v1::Overview* reply) override {
    return UnaryCall<v1::Overview>::Start(reply, under_way).get();
  }

  WatchHub hub;
  std::shared_ptr<std::atomic<int>> under_way = std::make_shared<std::atomic<int>>(0);
};

class WatchHubTest : public ::testing::Test {
 protected:
  WatchHubTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    const std::string address = "127.0.0.1:" + std::to_string(port);
    stub_ = v1::FleetAdmin::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  }
  ~WatchHubTest() override { server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5)); }

  static FleetEvent EventAt(std::int64_t at_ms) {
    auto agent = std::make_shared<AgentRow>();
    agent->id = "agt_1";
    return {at_ms, RowPtr<AgentRow>(agent)};
  }

  HubService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::FleetAdmin::Stub> stub_;
};

TEST_F(WatchHubTest, ASlowReaderIsToldHowManyEventsItLost) {
  grpc::ClientContext context;
  const auto reader = stub_->Watch(&context, v1::WatchRequest());
  reader->WaitForInitialMetadata();
  constexpr std::int64_t kEvents = 5000;
  for (std::int64_t i = 1; i <= kEvents; ++i) service_.hub.Publish(EventAt(i));
  std::int64_t seen = 0;
  std::int64_t lost = 0;
  std::int64_t last = 0;
  v1::FleetEvent event;
  while (seen + lost < kEvents && reader->Read(&event)) {
    EXPECT_GE(event.at_ms(), last);
    last = event.at_ms();
    event.has_gap() ? lost += event.gap() : ++seen;
  }
  EXPECT_EQ(seen + lost, kEvents);
  EXPECT_GT(lost, 0);
  service_.hub.Publish(EventAt(kEvents + 1));  // and goes on after the gap
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_TRUE(event.has_agent());
  context.TryCancel();
  reader->Finish();
}

TEST_F(WatchHubTest, ClosingEndsEveryReaderAndLetsNobodyIn) {
  grpc::ClientContext context;
  const auto reader = stub_->Watch(&context, v1::WatchRequest());
  reader->WaitForInitialMetadata();
  service_.hub.CloseAll(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the end"));
  v1::FleetEvent event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(service_.hub.Open([](const FleetEvent&) { return v1::FleetEvent(); }).ok());
}

TEST_F(WatchHubTest, ACallThatNobodyAnswersEndsWithItsCaller) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::Overview overview;
  EXPECT_EQ(stub_->GetOverview(&context, v1::GetOverviewRequest(), &overview).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(*service_.under_way, 0);
}

class WatchTest : public EdgeFixture {};

TEST_F(WatchTest, ReportsMachinesIncidentsAndCommandsAsTheyChange) {
  StartCoordinator();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  const auto reader = admin_->Watch(&context, v1::WatchRequest());
  reader->WaitForInitialMetadata();
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  ASSERT_TRUE(agent.Send(TestAgent::ReportOf(1, {TestAgent::FindingOf("f1")})));
  v1::StartDispatchRequest start;
  start.mutable_selector()->add_agent_ids("agt_1");
  start.mutable_action()->mutable_check();
  v1::Dispatch dispatch;
  ASSERT_TRUE(Ask(&v1::FleetAdmin::Stub::StartDispatch, start, dispatch).ok());
  bool agent_seen = false;
  bool incident_seen = false;
  bool command_seen = false;
  v1::FleetEvent event;
  while (!(agent_seen && incident_seen && command_seen) && reader->Read(&event)) {
    EXPECT_GT(event.at_ms(), 0);
    agent_seen |= event.has_agent() && event.agent().agent_id() == "agt_1";
    incident_seen |= event.has_incident() && event.incident().finding().fingerprint() == "f1";
    command_seen |= event.has_command() && event.command().dispatch_id() == dispatch.dispatch_id();
  }
  EXPECT_TRUE(agent_seen);
  EXPECT_TRUE(incident_seen);
  EXPECT_TRUE(command_seen);
  context.TryCancel();
  reader->Finish();
}

}  // namespace

}  // namespace fleet::coordinator
