#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <grpcpp/create_channel.h>

#include "tests/coordinator/support/edge_fixture.h"

namespace fleet::coordinator {

namespace {

class StreamLimitsTest : public EdgeFixture {
 protected:
  // Reads events until the machine has this connectivity; false when the stream ended before.
  static bool ReadUntil(grpc::ClientReader<v1::FleetEvent>& events, const std::string& connectivity) {
    v1::FleetEvent event;
    while (events.Read(&event)) {
      if (event.has_agent() && event.agent().connectivity() == connectivity) return true;
    }
    return false;
  }

  std::unique_ptr<grpc::ClientReader<v1::FleetEvent>> Watch(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    auto events = admin_->Watch(&context, v1::WatchRequest());
    events->WaitForInitialMetadata();
    return events;
  }
};

TEST_F(StreamLimitsTest, AnAgentThatSaysNothingIsSentAway) {
  StartCoordinator();
  TestAgent agent(channel_);
  TestAgent other(channel_);  // attached after the first stream was opened
  ASSERT_TRUE(other.Attach(TestAgent::HelloOf("agt_other")));
  clock_.Advance(std::chrono::seconds(11));
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(StreamLimitsTest, ASilentAgentGoesStaleThenOfflineAndItsStreamIsClosed) {
  StartCoordinator();
  grpc::ClientContext context;
  const auto events = Watch(context);
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  EXPECT_TRUE(ReadUntil(*events, "stale"));
  EXPECT_TRUE(ReadUntil(*events, "offline"));
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  context.TryCancel();
  events->Finish();
}

TEST_F(StreamLimitsTest, AMessageTurnsAStaleAgentOnlineAgain) {
  settings_.gateway.heartbeat_interval = std::chrono::milliseconds(300);  // leaves time to speak up before offline
  StartCoordinator();
  grpc::ClientContext context;
  const auto events = Watch(context);
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  ASSERT_TRUE(ReadUntil(*events, "stale"));
  ASSERT_TRUE(agent.SendHeartbeat());
  EXPECT_TRUE(ReadUntil(*events, "online"));
  context.TryCancel();
  events->Finish();
}

TEST_F(StreamLimitsTest, AMachineThatDoesNotComeBackAfterARestartGoesOffline) {
  StartCoordinator();
  {
    TestAgent agent(channel_);
    ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  }
  StopCoordinator();
  StartCoordinator();
  grpc::ClientContext context;
  const auto events = Watch(context);
  EXPECT_TRUE(AgentNamed("agt_1").connectivity() == "offline" || ReadUntil(*events, "offline"));
  context.TryCancel();
  events->Finish();
}

TEST_F(StreamLimitsTest, OneMoreAgentThanAllowedIsToldToTryLater) {
  settings_.gateway.max_streams = 1;
  StartCoordinator();
  TestAgent first(channel_);
  ASSERT_TRUE(first.Attach(TestAgent::HelloOf("agt_1")));
  TestAgent second(channel_);
  const grpc::Status end = second.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(end.error_message().find("try again"), std::string::npos);
  ASSERT_TRUE(first.SendHeartbeat());
  EXPECT_TRUE(first.Read().has_heartbeat_ack());
}

TEST_F(StreamLimitsTest, AnOversizedMessageEndsItsStreamOnly) {
  StartCoordinator();
  TestAgent good(channel_);
  ASSERT_TRUE(good.Attach(TestAgent::HelloOf("agt_good")));
  // By the real wire: the in-process channel has the client's own limit.
  const auto channel = grpc::CreateChannel(coordinator_->address(), grpc::InsecureChannelCredentials());
  TestAgent bad(channel);
  ASSERT_TRUE(bad.Attach(TestAgent::HelloOf("agt_bad")));
  v1::AgentMessage message = TestAgent::ReportOf(1, {});
  message.mutable_report()->add_gone_fingerprints(std::string(kMaxMessageBytes + 1'000'000, 'x'));
  bad.Send(message);
  EXPECT_FALSE(bad.End().ok());
  ASSERT_TRUE(good.SendHeartbeat());
  EXPECT_TRUE(good.Read().has_heartbeat_ack());
}

TEST_F(StreamLimitsTest, AnAgentThatDoesNotReadIsClosed) {
  StartCoordinator();
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  bool open = true;
  for (int i = 0; i < 100'000 && open; ++i) open = agent.SendHeartbeat();  // and never reads an answer
  EXPECT_FALSE(open);
  EXPECT_FALSE(agent.End().ok());
}

TEST_F(StreamLimitsTest, AnAgentThatCancelsIsDetached) {
  StartCoordinator();
  grpc::ClientContext context;
  const auto events = Watch(context);
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  ASSERT_TRUE(ReadUntil(*events, "online"));
  agent.Cancel();
  EXPECT_TRUE(ReadUntil(*events, "stale"));
  context.TryCancel();
  events->Finish();
}

TEST_F(StreamLimitsTest, StoppingTellsEveryOpenStream) {
  StartCoordinator();
  std::vector<std::unique_ptr<TestAgent>> agents;
  for (int i = 0; i < 50; ++i) {
    agents.push_back(std::make_unique<TestAgent>(channel_));
    ASSERT_TRUE(agents.back()->Attach(TestAgent::HelloOf("agt_" + std::to_string(i))));
  }
  grpc::ClientContext context;
  const auto events = Watch(context);
  coordinator_->Stop();
  for (const auto& agent : agents) EXPECT_EQ(agent->End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(ReadUntil(*events, "never"));
  EXPECT_EQ(events->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(StreamLimitsTest, GarbageOnThePortHarmsNobody) {
  StartCoordinator();
  TestAgent good(channel_);
  ASSERT_TRUE(good.Attach(TestAgent::HelloOf("agt_good")));
  const std::string& address = coordinator_->address();
  for (const std::string& garbage : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100'000, '\xFF')}) {
    const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(peer, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    ASSERT_GT(send(peer, garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
    char answer[256];
    while (recv(peer, answer, sizeof answer, 0) > 0) {  // until the server hangs up
    }
    close(peer);
  }
  ASSERT_TRUE(good.SendHeartbeat());
  EXPECT_TRUE(good.Read().has_heartbeat_ack());
}

}  // namespace

}  // namespace fleet::coordinator
