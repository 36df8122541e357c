#include <gtest/gtest.h>

#include "coordinator/core/query_agents.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

Connectivity Of(Brain& brain, const std::string& agent) { return brain.state().Agent(agent)->connectivity; }

TEST(Links, HelloIsAnsweredWithWelcome) {
  Brain brain;
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  ASSERT_EQ(brain.outputs.sent.size(), 1u);
  const v1::Welcome& welcome = brain.outputs.sent[0].second.welcome();
  EXPECT_EQ(welcome.heartbeat_interval_ms(), 30'000);
  EXPECT_EQ(welcome.coordinator_time_ms(), ToMillis(brain.clock.Now()));
  EXPECT_EQ(Of(brain, "a"), Connectivity::kOnline);
}

TEST(Links, ASecondStreamOfAnAgentReplacesTheFirst) {
  Brain brain;
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  ASSERT_EQ(brain.outputs.closed.size(), 1u);
  EXPECT_EQ(brain.outputs.closed[0].first, StreamId{1});
  EXPECT_TRUE(absl::IsAlreadyExists(brain.outputs.closed[0].second));
  ASSERT_TRUE(brain.Detach(1).ok());
  EXPECT_EQ(Of(brain, "a"), Connectivity::kOnline) << "the end of the old stream says nothing";
  EXPECT_TRUE(absl::IsFailedPrecondition(brain.Full(1, {})));
  EXPECT_TRUE(brain.Full(2, {}).ok());
}

TEST(Links, AHelloThatIsNotWellFormedIsRefused) {
  Brain brain;
  for (const std::string& id : {std::string(), std::string("../../etc"), std::string(200, 'x'), std::string("a b")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(brain.Attach(1, id))) << id;
  }
  AgentAttached event{StreamId{1}, {}};
  event.hello.set_agent_id("a");
  event.hello.set_protocol_version(2);
  EXPECT_TRUE(absl::IsFailedPrecondition(brain.Do(event)));
  EXPECT_EQ(brain.outputs.closed.size(), 5u);
  EXPECT_TRUE(brain.state().agents().empty());
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(brain.Attach(1, "a"))) << "Hello comes once";
}

TEST(Links, ConnectivityIsTheGatewaysVerdict) {
  Brain brain;
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  const std::int64_t attached = ToMillis(brain.clock.Now());
  brain.clock.Advance(kHour);
  ASSERT_TRUE(brain.Do(ConnectivityChanged{"a", Connectivity::kStale, attached + 5}).ok());
  EXPECT_EQ(Of(brain, "a"), Connectivity::kStale);
  EXPECT_EQ(brain.state().Agent("a")->last_seen_ms, attached + 5);
  ASSERT_TRUE(brain.Do(ConnectivityChanged{"a", Connectivity::kOnline}).ok());
  EXPECT_EQ(Of(brain, "a"), Connectivity::kOnline);
  ASSERT_TRUE(brain.Detach(1).ok());
  EXPECT_EQ(Of(brain, "a"), Connectivity::kStale);
  EXPECT_EQ(brain.state().Agent("a")->last_seen_ms, ToMillis(brain.clock.Now()));
  ASSERT_TRUE(brain.Do(ConnectivityChanged{"a", Connectivity::kOnline}).ok());
  EXPECT_EQ(Of(brain, "a"), Connectivity::kStale) << "without a stream nobody is online";
  ASSERT_TRUE(brain.Do(ConnectivityChanged{"a", Connectivity::kOffline}).ok());
  EXPECT_EQ(Of(brain, "a"), Connectivity::kOffline);
  EXPECT_TRUE(brain.Do(ConnectivityChanged{"nobody", Connectivity::kOffline}).ok());
}

TEST(Links, MachinesThatWereOnlineAreStaleAfterARestart) {
  Brain brain;
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  ASSERT_TRUE(brain.Attach(2, "b").ok());
  ASSERT_TRUE(brain.Do(ConnectivityChanged{"b", Connectivity::kOffline}).ok());
  brain.Restart();
  EXPECT_EQ(Of(brain, "a"), Connectivity::kStale);
  EXPECT_EQ(Of(brain, "b"), Connectivity::kOffline);
  EXPECT_EQ(StaleAgents(brain.state()), (std::vector<std::string>{"a"}));
}

TEST(Links, WatchersHearOfEachChange) {
  Brain brain;
  ASSERT_TRUE(brain.Attach(1, "a").ok());
  brain.outputs.events.clear();
  ASSERT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  ASSERT_EQ(brain.outputs.events.size(), 2u);
  EXPECT_EQ(std::get<RowPtr<IncidentRow>>(brain.outputs.events[0].what)->finding->fingerprint, "f");
  EXPECT_EQ(std::get<RowPtr<AgentRow>>(brain.outputs.events[1].what)->findings_by_severity[2], 1);
  brain.outputs.events.clear();
  ASSERT_TRUE(brain.Start(Everyone(), RepairOf()).ok());
  ASSERT_EQ(brain.outputs.events.size(), 1u);
  EXPECT_EQ(std::get<CommandView>(brain.outputs.events[0].what).waiting_for, "awaiting_delivery");
}

}  // namespace
}  // namespace fleet::coordinator
