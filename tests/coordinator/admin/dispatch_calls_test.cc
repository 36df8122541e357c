#include <thread>

#include "tests/coordinator/support/edge_fixture.h"

namespace fleet::coordinator {

namespace {

using Stub = v1::FleetAdmin::Stub;

class DispatchCallsTest : public EdgeFixture {
 protected:
  DispatchCallsTest() {
    settings_.gateway.heartbeat_interval = std::chrono::seconds(60);
    StartCoordinator();
  }
  static v1::StartDispatchRequest RepairEverywhere(const std::string& request_id) {
    v1::StartDispatchRequest request;
    request.mutable_selector()->set_all(true);
    request.mutable_action()->mutable_repair()->add_repairs("R-INDEX");
    request.set_author("tester");
    request.set_request_id(request_id);
    return request;
  }
  v1::Dispatch DispatchOf(const std::string& id) {
    v1::GetDispatchRequest request;
    request.set_dispatch_id(id);
    v1::Dispatch dispatch;
    EXPECT_TRUE(Ask(&Stub::GetDispatch, request, dispatch).ok());
    return dispatch;
  }
};

TEST_F(DispatchCallsTest, PlanNamesTheMachinesAndStartTakesItsHash) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  v1::StartDispatchRequest start = RepairEverywhere("req_1");
  v1::PlanDispatchRequest request;
  *request.mutable_selector() = start.selector();
  *request.mutable_action() = start.action();
  v1::DispatchPlan plan;
  ASSERT_TRUE(Ask(&Stub::PlanDispatch, request, plan).ok());
  ASSERT_EQ(plan.targets_size(), 1);
  EXPECT_EQ(plan.targets(0).agent_id(), "agt_1");
  start.set_plan_hash(plan.plan_hash());
  v1::Dispatch dispatch;
  EXPECT_TRUE(Ask(&Stub::StartDispatch, start, dispatch).ok());
  EXPECT_EQ(dispatch.author(), "tester");
}

TEST_F(DispatchCallsTest, APlanThatNoLongerHoldsIsRefused) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  v1::StartDispatchRequest start = RepairEverywhere("req_1");
  start.set_plan_hash("another plan");
  v1::Dispatch dispatch;
  EXPECT_EQ(Ask(&Stub::StartDispatch, start, dispatch).error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(DispatchCallsTest, AnEmptySelectorIsRefused) {
  v1::PlanDispatchRequest request;
  request.mutable_action()->mutable_check();
  v1::DispatchPlan plan;
  EXPECT_EQ(Ask(&Stub::PlanDispatch, request, plan).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(DispatchCallsTest, ARepeatedRequestAnswersTheSameDispatch) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  v1::Dispatch first;
  v1::Dispatch second;
  ASSERT_TRUE(Ask(&Stub::StartDispatch, RepairEverywhere("req_1"), first).ok());
  ASSERT_TRUE(Ask(&Stub::StartDispatch, RepairEverywhere("req_1"), second).ok());
  EXPECT_EQ(first.dispatch_id(), second.dispatch_id());
  v1::ListDispatchesResponse list;
  ASSERT_TRUE(Ask(&Stub::ListDispatches, v1::ListDispatchesRequest(), list).ok());
  EXPECT_EQ(list.dispatches_size(), 1);
}

TEST_F(DispatchCallsTest, FollowsACommandToItsEnd) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  v1::Dispatch dispatch;
  ASSERT_TRUE(Ask(&Stub::StartDispatch, RepairEverywhere("req_1"), dispatch).ok());
  EXPECT_EQ(dispatch.state(), v1::DISPATCH_STATE_RUNNING);
  const v1::CoordinatorMessage offer = agent.Read();
  ASSERT_TRUE(offer.has_command_offer());
  for (const auto state : {v1::COMMAND_STATE_DELIVERED, v1::COMMAND_STATE_STARTED, v1::COMMAND_STATE_SUCCEEDED}) {
    v1::AgentMessage message;
    message.mutable_command_update()->set_command_id(offer.command_offer().command_id());
    message.mutable_command_update()->set_state(state);
    if (state == v1::COMMAND_STATE_SUCCEEDED) message.mutable_command_update()->mutable_result()->set_summary("done");
    ASSERT_TRUE(agent.Send(message));
    const v1::CoordinatorMessage ack = agent.Read();
    ASSERT_TRUE(ack.has_command_update_ack());
    EXPECT_EQ(ack.command_update_ack().state(), state);
  }
  const v1::Dispatch ended = DispatchOf(dispatch.dispatch_id());
  EXPECT_EQ(ended.state(), v1::DISPATCH_STATE_ENDED);
  EXPECT_EQ(ended.counts().at("SUCCEEDED"), 1);
  ASSERT_EQ(ended.commands_size(), 1);
  EXPECT_EQ(ended.commands(0).result().summary(), "done");
}

TEST_F(DispatchCallsTest, CancelStopsWhatAMachineThatIsAwayHasNotSeen) {
  {
    TestAgent agent(channel_);
    ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
    agent.HalfClose();
    ASSERT_TRUE(agent.End().ok());
  }
  // A machine that is still taken for connected would be sent the command.
  while (AgentNamed("agt_1").connectivity() == "online") std::this_thread::yield();
  v1::StartDispatchRequest start = RepairEverywhere("req_1");
  start.mutable_selector()->Clear();
  start.mutable_selector()->add_agent_ids("agt_1");
  v1::Dispatch dispatch;
  ASSERT_TRUE(Ask(&Stub::StartDispatch, start, dispatch).ok());
  ASSERT_EQ(dispatch.commands_size(), 1);
  EXPECT_NE(dispatch.commands(0).waiting_for(), "");
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id(dispatch.dispatch_id());
  v1::Dispatch cancelled;
  ASSERT_TRUE(Ask(&Stub::CancelDispatch, cancel, cancelled).ok());
  EXPECT_EQ(cancelled.commands(0).state(), v1::COMMAND_STATE_CANCELLED);
  EXPECT_EQ(DispatchOf(dispatch.dispatch_id()).state(), v1::DISPATCH_STATE_ENDED);
}

TEST_F(DispatchCallsTest, ADispatchThatIsUnknownIsAnError) {
  v1::GetDispatchRequest get;
  get.set_dispatch_id("dsp_nothing");
  v1::Dispatch dispatch;
  EXPECT_EQ(Ask(&Stub::GetDispatch, get, dispatch).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id("dsp_nothing");
  EXPECT_EQ(Ask(&Stub::CancelDispatch, cancel, dispatch).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(DispatchCallsTest, AStartThatCannotBeStoredIsAnErrorAndStartsNothing) {
  TestAgent agent(channel_);
  ASSERT_TRUE(agent.Attach(TestAgent::HelloOf("agt_1")));
  store_fails_ = true;
  v1::Dispatch dispatch;
  EXPECT_EQ(Ask(&Stub::StartDispatch, RepairEverywhere("req_1"), dispatch).error_code(), grpc::StatusCode::UNAVAILABLE);
  store_fails_ = false;
  v1::ListDispatchesResponse list;
  ASSERT_TRUE(Ask(&Stub::ListDispatches, v1::ListDispatchesRequest(), list).ok());
  EXPECT_EQ(list.dispatches_size(), 0);
}

}  // namespace

}  // namespace fleet::coordinator
