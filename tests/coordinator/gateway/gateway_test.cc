#include "coordinator/gateway/gateway.h"

#include "tests/coordinator/support/edge_fixture.h"

namespace fleet::coordinator {

namespace {

class GatewayTest : public EdgeFixture {
 protected:
  GatewayTest() { StartCoordinator(); }
};

TEST_F(GatewayTest, AnswersHelloWithTheHeartbeatInterval) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.SendHello(TestAgent::HelloOf("agt_1")));
  const v1::CoordinatorMessage answer = agent.Read();
  ASSERT_TRUE(answer.has_welcome());
  EXPECT_EQ(answer.welcome().heartbeat_interval_ms(), 100);
  EXPECT_EQ(AgentNamed("agt_1").connectivity(), "online");
}

TEST_F(GatewayTest, RefusesAFirstMessageThatIsNotHello) {
  TestAgent agent(channel_);
  agent.SendHeartbeat();
  const grpc::Status end = agent.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(end.error_message().find("Hello"), std::string::npos);
}

TEST_F(GatewayTest, RefusesAProtocolVersionItDoesNotSpeak) {
  v1::Hello hello = TestAgent::HelloOf("agt_1");
  hello.set_protocol_version(99);
  TestAgent agent(channel_);
  agent.SendHello(hello);
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(GatewayTest, RefusesAgentIdsThatAreNotPlainText) {
  for (const std::string& id : {std::string(), std::string("../../etc"), std::string("a b"), std::string(1000, 'a')}) {
    TestAgent agent(channel_);
    agent.SendHello(TestAgent::HelloOf(id));
    EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT) << id;
  }
}

TEST_F(GatewayTest, RefusesASecondHello) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  agent.SendHello(TestAgent::HelloOf("agt_2"));
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GatewayTest, RefusesAMessageOfNoKind) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  agent.Send(v1::AgentMessage());
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GatewayTest, AnswersEveryHeartbeat) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(agent.SendHeartbeat());
    EXPECT_TRUE(agent.Read().has_heartbeat_ack());
  }
}

TEST_F(GatewayTest, ClosesTheEarlierStreamOfAnAgentThatAttachesAgain) {
  TestAgent first(channel_);
  ASSERT_TRUE(first.Attach(TestAgent::HelloOf("agt_1")));
  TestAgent second(channel_);
  ASSERT_TRUE(second.Attach(TestAgent::HelloOf("agt_1")));
  EXPECT_EQ(first.End().error_code(), grpc::StatusCode::ALREADY_EXISTS);
  ASSERT_TRUE(second.SendHeartbeat());
  EXPECT_TRUE(second.Read().has_heartbeat_ack());
  EXPECT_EQ(AgentNamed("agt_1").connectivity(), "online");
}

TEST_F(GatewayTest, WhatWasAcknowledgedSurvivesARestart) {
  {
    TestAgent agent(channel_);
    ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
    ASSERT_TRUE(agent.Send(TestAgent::ReportOf(1, {TestAgent::FindingOf("f1")})));
    const v1::CoordinatorMessage answer = agent.Read();
    ASSERT_TRUE(answer.has_report_ack());
    EXPECT_EQ(answer.report_ack().sequence(), 1U);
  }
  StopCoordinator();
  StartCoordinator();
  v1::ListIncidentsResponse incidents;
  ASSERT_TRUE(Ask(&v1::FleetAdmin::Stub::ListIncidents, v1::ListIncidentsRequest(), incidents).ok());
  ASSERT_EQ(incidents.incidents_size(), 1);
  EXPECT_EQ(incidents.incidents(0).finding().fingerprint(), "f1");
}

TEST_F(GatewayTest, AReportThatCannotBeStoredIsNotAcknowledgedAndMayBeRepeated) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  store_fails_ = true;
  ASSERT_TRUE(agent.Send(TestAgent::ReportOf(1, {TestAgent::FindingOf("f1")})));
  EXPECT_FALSE(agent.Read().has_report_ack());
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  store_fails_ = false;
  TestAgent again(channel_);
  ASSERT_TRUE(again.Attach(TestAgent::HelloOf("agt_1")));
  ASSERT_TRUE(again.Send(TestAgent::ReportOf(1, {TestAgent::FindingOf("f1")})));
  EXPECT_TRUE(again.Read().has_report_ack());
}

TEST_F(GatewayTest, ClosesAStreamWhoseFindingIsMalformed) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  agent.Send(TestAgent::ReportOf(1, {TestAgent::FindingOf("f1", v1::SEVERITY_UNSPECIFIED)}));
  const grpc::Status end = agent.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(end.error_message().find("severity"), std::string::npos) << end.error_message();
}

TEST_F(GatewayTest, ClosesAStreamWithAGapInItsReports) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  agent.Send(TestAgent::ReportOf(2, {}));
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(GatewayTest, AnAgentThatHalfClosesIsDetached) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  agent.HalfClose();
  EXPECT_TRUE(agent.End().ok());
  TestAgent again(channel_);  // its Hello is decided after the end of the earlier stream
  ASSERT_TRUE(again.Attach(TestAgent::HelloOf("agt_2", "host-b")));
  EXPECT_NE(AgentNamed("agt_1").connectivity(), "online");
}

}  // namespace

}  // namespace fleet::coordinator
