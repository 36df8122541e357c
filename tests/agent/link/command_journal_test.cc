#include "agent/link/command_journal.h"

#include <gtest/gtest.h>

#include "common/status.h"
#include "tests/agent/link/memory_command_store.h"
#include "tests/support/fake_clock.h"

namespace fleet::agent {
namespace {

class CommandJournalTest : public testing::Test {
 protected:
  v1::CommandOffer Offer(const std::string& id, std::int64_t expires_in_ms = 60'000) {
    v1::CommandOffer offer;
    offer.set_command_id(id);
    offer.mutable_action()->mutable_repair()->add_repairs("R-INDEX");
    offer.set_expires_in_ms(expires_in_ms);
    return offer;
  }
  static std::string Id(int number) { return std::string("c").append(std::to_string(number)); }
  Instant Now() { return InstantOf(clock_); }
  // The id of what may begin now, or empty.
  std::string Next() {
    const auto next = journal_->StartNext(Now());
    return next.ok() && *next != nullptr ? (*next)->command_id : "";
  }
  static CommandOutcome Success() {
    CommandOutcome outcome;
    outcome.state = v1::COMMAND_STATE_SUCCEEDED;
    outcome.result.set_summary("done");
    outcome.result.add_outcomes()->set_outcome("applied");
    return outcome;
  }
  // A crash: what is in memory is gone, what was stored is not.
  void Restart() {
    journal_.emplace(store_);
    EXPECT_TRUE(journal_->Recover(store_.Held(), Now()).ok());
  }
  v1::CommandState StateOf(const std::string& id) { return journal_->Find(id)->state; }

  FakeClock clock_;
  MemoryCommandStore store_;
  std::optional<CommandJournal> journal_{std::in_place, store_};
};

TEST_F(CommandJournalTest, StoresACommandBeforeItIsConfirmed) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  ASSERT_EQ(store_.Held().size(), 1U);
  EXPECT_EQ(store_.Held()[0].state, v1::COMMAND_STATE_DELIVERED);
  ASSERT_EQ(journal_->Unacknowledged().size(), 1U);
}

TEST_F(CommandJournalTest, ConfirmsNothingThatItCouldNotStore) {
  store_.fail = true;
  EXPECT_EQ(journal_->Offer(Offer("c1"), Now()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(journal_->Unacknowledged().empty());
  EXPECT_EQ(Next(), "");
}

TEST_F(CommandJournalTest, StoresThatACommandStartsBeforeItDoes) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  store_.fail = true;
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_DELIVERED);
  store_.fail = false;
  EXPECT_EQ(Next(), "c1");
  EXPECT_EQ(store_.Held()[0].state, v1::COMMAND_STATE_STARTED);
}

TEST_F(CommandJournalTest, RunsOneCommandAtATimeInOrder) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  ASSERT_TRUE(journal_->Offer(Offer("c2"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  EXPECT_EQ(Next(), "");
  journal_->Finish("c1", Success(), Now());
  EXPECT_EQ(Next(), "c2");
}

TEST_F(CommandJournalTest, AnswersARepeatedOfferAndNeverRunsItTwice) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  journal_->Finish("c1", Success(), Now());
  EXPECT_EQ(Next(), "");
  journal_->Acknowledge("c1", v1::COMMAND_STATE_SUCCEEDED);
  EXPECT_TRUE(journal_->Unacknowledged().empty());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
    EXPECT_EQ(Next(), "");
    ASSERT_EQ(journal_->Unacknowledged().size(), 1U);
    EXPECT_EQ(journal_->Unacknowledged()[0]->state, v1::COMMAND_STATE_SUCCEEDED);
    Restart();
  }
}

TEST_F(CommandJournalTest, TellsAnEndOnlyWhenItIsStored) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  journal_->Acknowledge("c1", v1::COMMAND_STATE_STARTED);
  store_.fail = true;
  journal_->Finish("c1", Success(), Now());
  EXPECT_FALSE(journal_->Settle(Now()).ok());
  EXPECT_TRUE(journal_->Unacknowledged().empty());
  store_.fail = false;
  EXPECT_TRUE(journal_->Settle(Now()).ok());
  ASSERT_EQ(journal_->Unacknowledged().size(), 1U);
  EXPECT_EQ(journal_->Unacknowledged()[0]->state, v1::COMMAND_STATE_SUCCEEDED);
}

TEST_F(CommandJournalTest, KeepsAnEndUntilExactlyThatStateIsAcknowledged) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  journal_->Finish("c1", Success(), Now());
  ASSERT_TRUE(journal_->Settle(Now()).ok());
  journal_->Acknowledge("c1", v1::COMMAND_STATE_STARTED);
  journal_->Acknowledge("c2", v1::COMMAND_STATE_SUCCEEDED);
  EXPECT_EQ(journal_->Unacknowledged().size(), 1U);
  Restart();
  ASSERT_EQ(journal_->Unacknowledged().size(), 1U);
  EXPECT_EQ(journal_->Unacknowledged()[0]->result.outcomes_size(), 1);
  journal_->Acknowledge("c1", v1::COMMAND_STATE_SUCCEEDED);
  EXPECT_TRUE(journal_->Unacknowledged().empty());
  Restart();
  EXPECT_TRUE(journal_->Unacknowledged().empty());
}

TEST_F(CommandJournalTest, ReportsACommandThatARestartCutShortAsUnknownAndNeverRunsItAgain) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  Restart();
  EXPECT_EQ(Next(), "");
  ASSERT_EQ(journal_->Unacknowledged().size(), 1U);
  EXPECT_EQ(journal_->Unacknowledged()[0]->state, v1::COMMAND_STATE_UNKNOWN);
  EXPECT_EQ(journal_->Unacknowledged()[0]->result.reason(), "agent_restarted");
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "");
  Restart();
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_UNKNOWN);
}

TEST_F(CommandJournalTest, RunsACommandAfterARestartThatHadNotBegun) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  Restart();
  EXPECT_EQ(Next(), "c1");
}

TEST_F(CommandJournalTest, ExpiresACommandThatHasNotBegunInTime) {
  ASSERT_TRUE(journal_->Offer(Offer("c1", 1000), Now()).ok());
  ASSERT_TRUE(journal_->NextExpiry().has_value());
  EXPECT_EQ(*journal_->NextExpiry(), clock_.Mono() + std::chrono::seconds(1));
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_EXPIRED);
  EXPECT_FALSE(journal_->NextExpiry().has_value());
}

TEST_F(CommandJournalTest, CountsAnExpiryOverARestartAndNotByAWallClockThatWasSet) {
  ASSERT_TRUE(journal_->Offer(Offer("c1", 10'000), Now()).ok());
  ASSERT_TRUE(journal_->Offer(Offer("c2", 10'000), Now()).ok());
  clock_.JumpWall(std::chrono::hours(1));
  EXPECT_EQ(Next(), "c1");
  Restart();  // the wall clock is all that is left
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(StateOf("c2"), v1::COMMAND_STATE_EXPIRED);
}

TEST_F(CommandJournalTest, DoesNotExpireWhatHasBegun) {
  ASSERT_TRUE(journal_->Offer(Offer("c1", 1000), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_STARTED);
}

TEST_F(CommandJournalTest, CancelsOnlyWhatHasNotBegun) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  ASSERT_TRUE(journal_->Offer(Offer("c2"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  ASSERT_TRUE(journal_->Cancel("c1", Now()).ok());
  ASSERT_TRUE(journal_->Cancel("c2", Now()).ok());
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_STARTED);
  EXPECT_EQ(StateOf("c2"), v1::COMMAND_STATE_CANCELLED);
  journal_->Finish("c1", Success(), Now());
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_SUCCEEDED);
}

TEST_F(CommandJournalTest, ACancelThatOvertakesItsOfferWins) {
  ASSERT_TRUE(journal_->Cancel("c1", Now()).ok());
  Restart();
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(StateOf("c1"), v1::COMMAND_STATE_CANCELLED);
}

TEST_F(CommandJournalTest, RefusesWhatIsNoCommand) {
  EXPECT_EQ(journal_->Offer(Offer(""), Now()).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(journal_->Offer(Offer(std::string(200, 'x')), Now()).code(), absl::StatusCode::kInvalidArgument);
  v1::CommandOffer huge = Offer("c1");
  huge.mutable_action()->mutable_repair()->set_session_id(std::string(100'000, 'x'));
  EXPECT_EQ(journal_->Offer(huge, Now()).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(store_.Held().empty());
}

TEST_F(CommandJournalTest, ForgetsAcknowledgedCommandsBeyondAThousand) {
  for (int i = 0; i < 1'100; ++i) {
    const std::string id = Id(i);
    ASSERT_TRUE(journal_->Offer(Offer(id), Now()).ok());
    ASSERT_EQ(Next(), id);
    journal_->Finish(id, Success(), Now());
    ASSERT_TRUE(journal_->Settle(Now()).ok());
    journal_->Acknowledge(id, v1::COMMAND_STATE_SUCCEEDED);
  }
  EXPECT_EQ(store_.Held().size(), 1'000U);
  EXPECT_EQ(journal_->Find("c99"), nullptr);
  ASSERT_NE(journal_->Find("c100"), nullptr);
}

TEST_F(CommandJournalTest, TakesNoMoreWhenAThousandWaitForAcknowledgement) {
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(journal_->Offer(Offer(Id(i)), Now()).ok());
  EXPECT_EQ(journal_->Offer(Offer("one more"), Now()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(journal_->Offer(Offer("c5"), Now()).ok());
}

TEST_F(CommandJournalTest, BoundsAResultAndMakesItsTextsTravel) {
  ASSERT_TRUE(journal_->Offer(Offer("c1"), Now()).ok());
  EXPECT_EQ(Next(), "c1");
  CommandOutcome outcome = Success();
  outcome.result.set_summary(std::string(100'000, 'x'));
  for (int i = 0; i < 700; ++i) outcome.result.add_outcomes()->set_subject_id("bad \xff byte");
  journal_->Finish("c1", outcome, Now());
  const v1::CommandResult& result = journal_->Find("c1")->result;
  EXPECT_EQ(result.outcomes_size(), 500);
  EXPECT_EQ(result.total_outcomes(), 701);
  EXPECT_LE(result.summary().size(), 1100U);
  EXPECT_EQ(result.outcomes(1).subject_id(), "bad \\xff byte");
}

}  // namespace
}  // namespace fleet::agent
