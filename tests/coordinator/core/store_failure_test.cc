#include <gtest/gtest.h>

#include "coordinator/core/query_agents.h"
#include "tests/support/brain.h"
#include "tests/support/same_state.h"

namespace fleet::coordinator {
namespace {

class StoreFailure : public ::testing::Test {
 protected:
  StoreFailure() {
    EXPECT_TRUE(brain.Attach(1, "a").ok());
    EXPECT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
    brain.outputs = RecordingOutputs();
  }

  Brain brain;
};

TEST_F(StoreFailure, AReportIsNeitherKeptNorAcknowledged) {
  const FleetState before = brain.state();
  brain.store.failing = true;
  EXPECT_TRUE(absl::IsUnavailable(brain.Difference(1, {MakeFinding("g")}, {"f"})));
  EXPECT_TRUE(SameState(brain.state(), before));
  EXPECT_TRUE(brain.outputs.sent.empty());
  EXPECT_TRUE(brain.outputs.events.empty());
  ASSERT_EQ(brain.outputs.closed.size(), 1u);
  EXPECT_EQ(brain.outputs.closed[0].first, StreamId{1});
  EXPECT_TRUE(absl::IsUnavailable(brain.outputs.closed[0].second));
}

TEST_F(StoreFailure, TheAgentRepeatsAndNothingIsLost) {
  brain.store.failing = true;
  EXPECT_FALSE(brain.Difference(1, {MakeFinding("g")}, {}).ok());
  EXPECT_TRUE(absl::IsUnavailable(brain.Attach(2, "a")));
  brain.store.failing = false;
  ASSERT_TRUE(brain.Attach(3, "a").ok());
  ASSERT_TRUE(brain.Full(3, {MakeFinding("f"), MakeFinding("g")}).ok());
  EXPECT_EQ(brain.state().incidents().size(), 2u);
  EXPECT_EQ(brain.state().Agent("a")->connectivity, Connectivity::kOnline);
}

TEST_F(StoreFailure, ADispatchDidNotHappen) {
  brain.store.failing = true;
  v1::StartDispatchRequest request;
  *request.mutable_selector() = Everyone();
  *request.mutable_action() = RepairOf();
  request.set_request_id("r1");
  EXPECT_TRUE(absl::IsUnavailable(brain.Start(request).status()));
  EXPECT_TRUE(brain.outputs.sent.empty());
  EXPECT_TRUE(brain.state().commands().empty());
  brain.store.failing = false;
  EXPECT_TRUE(brain.Start(request).ok());
  EXPECT_EQ(brain.state().commands().size(), 1u);
}

TEST_F(StoreFailure, ALostStreamIsWrittenWhenTheStoreWorksAgain) {
  brain.store.failing = true;
  EXPECT_TRUE(absl::IsUnavailable(brain.Detach(1)));
  EXPECT_EQ(brain.state().LinkOfAgent("a"), nullptr) << "the stream is gone all the same";
  EXPECT_EQ(brain.state().Agent("a")->connectivity, Connectivity::kOnline);
  brain.executor.Advance(3 * kSecond);
  brain.store.failing = false;
  brain.executor.Advance(2 * kSecond);
  EXPECT_EQ(brain.state().Agent("a")->connectivity, Connectivity::kStale);
}

TEST_F(StoreFailure, AVerdictOfTheGatewayIsTriedAgain) {
  brain.store.failing = true;
  EXPECT_TRUE(absl::IsUnavailable(brain.Do(ConnectivityChanged{"a", Connectivity::kOffline})));
  brain.store.failing = false;
  brain.executor.Advance(2 * kSecond);
  EXPECT_EQ(brain.state().Agent("a")->connectivity, Connectivity::kOffline);
}

TEST_F(StoreFailure, ADeadlineIsTriedAgain) {
  brain.store.failing = true;
  brain.executor.Advance(25 * kHour);
  EXPECT_FALSE(brain.Latest("a", "f")->overdue);
  brain.store.failing = false;
  brain.executor.Advance(2 * kSecond);
  EXPECT_TRUE(brain.Latest("a", "f")->overdue);
  EXPECT_EQ(brain.Timeline(brain.Latest("a", "f")->id).size(), 2u);
}

TEST_F(StoreFailure, AWholeTurnIsUndone) {
  const FleetState before = brain.state();
  brain.store.failing = true;
  int refused = 0;
  const auto count = [&refused](const absl::Status& status) { refused += absl::IsUnavailable(status) ? 1 : 0; };
  ReportReceived report{StreamId{1}, brain.NextReport(1, false)};
  report.report.add_gone_fingerprints("f");
  AgentAttached attached{StreamId{2}, {}};
  attached.hello.set_agent_id("b");
  attached.hello.set_protocol_version(kProtocolVersion);
  brain.core->Handle(std::move(report), count);
  brain.core->Handle(std::move(attached), count);
  brain.core->Handle(DispatchStarted{}, count);
  const int tries = brain.store.tries;
  brain.executor.RunDue();
  EXPECT_EQ(brain.store.tries, tries + 1) << "one commit a turn";
  EXPECT_EQ(refused, 3);
  EXPECT_TRUE(SameState(brain.state(), before));
}

TEST_F(StoreFailure, ManyEventsShareOneCommit) {
  const int commits = brain.store.commits;
  for (int i = 0; i < 500; ++i) {
    AgentAttached attached{StreamId(100 + i), {}};
    attached.hello.set_agent_id("agent" + std::to_string(i));
    attached.hello.set_protocol_version(kProtocolVersion);
    brain.core->Handle(std::move(attached));
  }
  brain.executor.RunDue();
  EXPECT_EQ(brain.state().agents().size(), 501u);
  EXPECT_EQ(brain.store.commits, commits + 1);
}

TEST(LoadFailure, RowsThatDoNotFitTogetherAreRefused) {
  Brain brain;
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  const Change change = Drop<IncidentRow>(brain.Latest("a", "f")->id);
  ASSERT_TRUE(brain.store.Commit(std::span(&change, 1)).ok());
  brain.Restart();
  EXPECT_TRUE(absl::IsDataLoss(brain.load_status));
}

}  // namespace
}  // namespace fleet::coordinator
