#include <gtest/gtest.h>

#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

// One agent on stream 1 with one repair command, expiring in an hour.
class CommandLife : public ::testing::Test {
 protected:
  CommandLife() {
    EXPECT_TRUE(brain.Attach(1, "a").ok());
    EXPECT_TRUE(brain.Full(1, {MakeFinding("f")}).ok());
  }

  void StartWhileAttached() {
    const auto view = brain.Start(Everyone(), RepairOf());
    ASSERT_TRUE(view.ok()) << view.status();
    dispatch = view->row->id;
    command = view->commands.at(0).row->id;
  }
  void StartWhileAway() {
    EXPECT_TRUE(brain.Detach(1).ok());
    StartWhileAttached();
  }
  v1::CommandState State() { return brain.state().Command(command)->state; }
  RowPtr<CommandRow> Row() { return brain.state().Command(command); }
  std::int64_t Count(v1::CommandState state) {
    return GetDispatch(brain.state(), dispatch, 0)->counts[static_cast<std::size_t>(state)];
  }
  int Sent(v1::CoordinatorMessage::KindCase kind) {
    int count = 0;
    for (const auto& [stream, message] : brain.outputs.sent) count += message.kind_case() == kind ? 1 : 0;
    return count;
  }
  std::string Waiting() { return GetDispatch(brain.state(), dispatch, 1)->commands.at(0).waiting_for; }

  Brain brain;
  std::string dispatch;
  std::string command;
};

// Brings the command to a state by what the agent says; QUEUED is offered.
void Bring(Brain& brain, const std::string& command, v1::CommandState state) {
  if (state != v1::COMMAND_STATE_QUEUED) {
    ASSERT_TRUE(brain.Update(1, command, state, "as told").ok());
  }
}

// Row: the state; column: the update, DELIVERED to UNKNOWN; then T: its time passes; C: it is cancelled.
// The letter is the state that follows: Q D S + (succeeded) - (failed) E C U.
struct LifeRow {
  v1::CommandState state;
  std::string_view next;
};
constexpr LifeRow kLife[] = {
    {v1::COMMAND_STATE_QUEUED, "DS+-ECUUQ"},    {v1::COMMAND_STATE_DELIVERED, "DS+-ECUUD"},
    {v1::COMMAND_STATE_STARTED, "SS+-SSUUS"},   {v1::COMMAND_STATE_SUCCEEDED, "+++++++++"},
    {v1::COMMAND_STATE_FAILED, "---------"},    {v1::COMMAND_STATE_EXPIRED, "EEEEEEEEE"},
    {v1::COMMAND_STATE_CANCELLED, "CCCCCCCCC"}, {v1::COMMAND_STATE_UNKNOWN, "UU+-ECUUU"},
};
constexpr std::string_view kLetters = ".QDS+-ECU";

TEST(CommandLifeTable, EveryStateAndEventLeadsWhereTheTableSays) {
  for (const LifeRow& row : kLife) {
    for (std::size_t event = 0; event < row.next.size(); ++event) {
      Brain brain;
      ASSERT_TRUE(brain.Attach(1, "a").ok());
      const auto view = brain.Start(Everyone(), RepairOf());
      ASSERT_TRUE(view.ok());
      const std::string command = view->commands.at(0).row->id;
      Bring(brain, command, row.state);
      brain.outputs.sent.clear();
      if (event < 7) {
        const auto update = static_cast<v1::CommandState>(event + 2);
        EXPECT_TRUE(brain.Update(1, command, update, "news").ok());
        ASSERT_EQ(brain.outputs.sent.size(), 1u) << "every update is acknowledged";
        EXPECT_EQ(brain.outputs.sent[0].second.command_update_ack().state(), update);
      } else if (event == 7) {
        brain.executor.Advance(kHour + kSecond);
      } else {
        EXPECT_TRUE(brain.Cancel(view->row->id).ok());
      }
      const auto state = static_cast<std::size_t>(brain.state().Command(command)->state);
      EXPECT_EQ(kLetters[state], row.next[event]) << "state " << row.state << " event " << event;
    }
  }
}

TEST_F(CommandLife, AnUpdateOfNoStateClosesTheStream) {
  StartWhileAttached();
  for (const int state : {0, 1, 99}) {
    EXPECT_TRUE(absl::IsInvalidArgument(brain.Update(1, command, static_cast<v1::CommandState>(state))));
  }
  EXPECT_EQ(brain.outputs.closed.size(), 3u);
  EXPECT_EQ(State(), v1::COMMAND_STATE_QUEUED);
}

TEST_F(CommandLife, IsOfferedAgainOnEveryAttachUntilItsEndIsKnown) {
  StartWhileAway();
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandOffer), 0);
  EXPECT_EQ(Row()->offered_ms, 0);
  EXPECT_EQ(Waiting(), "agent_offline");
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandOffer), 1);
  EXPECT_GT(Row()->offered_ms, 0);
  EXPECT_EQ(Waiting(), "awaiting_delivery");
  ASSERT_TRUE(brain.Update(2, command, v1::COMMAND_STATE_STARTED).ok());
  EXPECT_EQ(Waiting(), "awaiting_result");
  brain.Restart();
  ASSERT_TRUE(brain.Attach(3, "a").ok());
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandOffer), 2);
  ASSERT_TRUE(brain.Update(3, command, v1::COMMAND_STATE_SUCCEEDED, "done").ok());
  EXPECT_EQ(Waiting(), "");
  ASSERT_TRUE(brain.Attach(4, "a").ok());
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandOffer), 2);
}

TEST_F(CommandLife, ASecondCommandWaitsForTheRunningOne) {
  StartWhileAttached();
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  StartWhileAttached();
  EXPECT_EQ(Waiting(), "agent_busy");
}

TEST_F(CommandLife, ExpiresWhenItWasNeverOffered) {
  StartWhileAway();
  brain.executor.Advance(kHour + kSecond);
  EXPECT_EQ(State(), v1::COMMAND_STATE_EXPIRED);
  EXPECT_EQ(Row()->result->reason(), "never_sent");
  EXPECT_EQ(GetDispatch(brain.state(), dispatch, 0)->state, v1::DISPATCH_STATE_ENDED);
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandOffer), 0);
}

TEST_F(CommandLife, IsUnknownWhenNobodyAnswersAndALateResultCorrectsIt) {
  StartWhileAttached();
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  ASSERT_TRUE(brain.Detach(1).ok());
  brain.executor.Advance(kHour + kSecond);
  EXPECT_EQ(State(), v1::COMMAND_STATE_UNKNOWN);
  EXPECT_EQ(Row()->result->reason(), "no_answer");
  EXPECT_EQ(brain.Latest("a", "f")->state, v1::INCIDENT_STATE_OPEN);
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  ASSERT_TRUE(brain.Update(2, command, v1::COMMAND_STATE_SUCCEEDED, "it went well").ok());
  EXPECT_EQ(State(), v1::COMMAND_STATE_SUCCEEDED);
  EXPECT_EQ(Row()->result->summary(), "it went well");
  EXPECT_EQ(Count(v1::COMMAND_STATE_SUCCEEDED), 1);
  EXPECT_EQ(Count(v1::COMMAND_STATE_UNKNOWN), 0);
}

TEST_F(CommandLife, WhatHasBegunDoesNotExpireButDoesNotRunForEver) {
  StartWhileAttached();
  brain.executor.Advance(kHour - kSecond);
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_STARTED).ok());
  brain.executor.Advance(kHour - kSecond);
  EXPECT_EQ(State(), v1::COMMAND_STATE_STARTED);
  brain.executor.Advance(2 * kSecond);
  EXPECT_EQ(State(), v1::COMMAND_STATE_UNKNOWN);
}

TEST_F(CommandLife, ExpiryNoticesAWallClockThatWasSet) {
  StartWhileAttached();
  brain.clock.JumpWall(2 * kHour);
  brain.executor.Advance(std::chrono::seconds(11));
  EXPECT_EQ(State(), v1::COMMAND_STATE_UNKNOWN);
}

TEST_F(CommandLife, IsCancelledAtOnceWhenItWasNeverOffered) {
  StartWhileAway();
  const auto view = brain.Cancel(dispatch);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(State(), v1::COMMAND_STATE_CANCELLED);
  EXPECT_EQ(view->state, v1::DISPATCH_STATE_ENDED);
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCancelCommand), 0);
}

TEST_F(CommandLife, OtherwiseTheAgentDecidesAboutACancelAndIsAskedAgain) {
  StartWhileAttached();
  auto view = brain.Cancel(dispatch.substr(0, 10));
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->state, v1::DISPATCH_STATE_CANCELLING);
  EXPECT_EQ(State(), v1::COMMAND_STATE_QUEUED);
  EXPECT_EQ(Waiting(), "awaiting_cancel");
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCancelCommand), 1);
  brain.Restart();
  const int offers = Sent(v1::CoordinatorMessage::kCommandOffer);
  ASSERT_TRUE(brain.Attach(2, "a").ok());
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCancelCommand), 2);
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandOffer), offers);
  ASSERT_TRUE(brain.Update(2, command, v1::COMMAND_STATE_CANCELLED, "not begun").ok());
  EXPECT_EQ(GetDispatch(brain.state(), dispatch, 0)->state, v1::DISPATCH_STATE_ENDED);
}

TEST_F(CommandLife, AnotherAgentsUpdateIsAcknowledgedAndChangesNothing) {
  StartWhileAttached();
  ASSERT_TRUE(brain.Attach(2, "b").ok());
  brain.outputs.sent.clear();
  ASSERT_TRUE(brain.Update(2, command, v1::COMMAND_STATE_SUCCEEDED).ok());
  ASSERT_TRUE(brain.Update(2, "cmd_nobody_knows", v1::COMMAND_STATE_FAILED).ok());
  EXPECT_EQ(Sent(v1::CoordinatorMessage::kCommandUpdateAck), 2);
  EXPECT_EQ(State(), v1::COMMAND_STATE_QUEUED);
}

TEST_F(CommandLife, RepeatsWriteNothing) {
  StartWhileAttached();
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_UNKNOWN, "agent restarted").ok());
  const int commits = brain.store.commits;
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_UNKNOWN, "agent restarted").ok());
  ASSERT_TRUE(brain.Update(1, command, v1::COMMAND_STATE_DELIVERED).ok());
  EXPECT_EQ(brain.store.commits, commits);
}

}  // namespace
}  // namespace fleet::coordinator
