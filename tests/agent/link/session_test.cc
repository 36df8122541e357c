#include "agent/link/session.h"

#include <gtest/gtest.h>

#include "tests/agent/link/memory_command_store.h"
#include "tests/agent/link/test_findings.h"
#include "tests/support/fake_clock.h"

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

v1::CoordinatorMessage Welcome(std::int64_t interval_ms = 10'000) {
  v1::CoordinatorMessage message;
  message.mutable_welcome()->set_heartbeat_interval_ms(interval_ms);
  return message;
}
v1::CoordinatorMessage ReportAck(std::uint64_t sequence) {
  v1::CoordinatorMessage message;
  message.mutable_report_ack()->set_sequence(sequence);
  return message;
}
v1::CoordinatorMessage HeartbeatAck() {
  v1::CoordinatorMessage message;
  message.mutable_heartbeat_ack();
  return message;
}
v1::CoordinatorMessage Offer(const std::string& id) {
  v1::CoordinatorMessage message;
  message.mutable_command_offer()->set_command_id(id);
  message.mutable_command_offer()->mutable_action()->mutable_check();
  message.mutable_command_offer()->set_expires_in_ms(60'000);
  return message;
}
v1::CoordinatorMessage UpdateAck(const std::string& id, v1::CommandState state) {
  v1::CoordinatorMessage message;
  message.mutable_command_update_ack()->set_command_id(id);
  message.mutable_command_update_ack()->set_state(state);
  return message;
}

class SessionTest : public testing::Test {
 protected:
  Instant Now() { return InstantOf(clock_); }
  // Sorts what the session wants into what a test asks for.
  void Take(Effects effects) {
    for (Effect& effect : effects) {
      if (auto* open = std::get_if<OpenStream>(&effect)) opened_.push_back(open->stream);
      if (auto* close = std::get_if<CloseStream>(&effect)) closed_.push_back(close->stream);
      if (auto* run = std::get_if<RunCommand>(&effect)) ran_.push_back(run->command_id);
      if (auto* send = std::get_if<SendMessage>(&effect)) {
        EXPECT_EQ(send->stream, opened_.back());
        sent_.push_back(std::move(send->message));
      }
    }
  }
  void Hear(const v1::CoordinatorMessage& message) { Take(session_.OnMessage(opened_.back(), message, Now())); }
  void Attach() {
    Take(session_.Connect(Now()));
    Hear(Welcome());
  }
  // Lets time pass, waking the session whenever it asks for it.
  void Pass(milliseconds by) {
    const MonoTime end = clock_.Mono() + by;
    for (auto wake = session_.NextWake(); wake && *wake <= end; wake = session_.NextWake()) {
      clock_.Advance(
          std::chrono::ceil<std::chrono::microseconds>(std::max(*wake - clock_.Mono(), MonoTime::duration{})));
      Take(session_.OnWake(Now()));
    }
    clock_.Advance(std::chrono::floor<std::chrono::microseconds>(end - clock_.Mono()));
  }
  void PassUntilOpened() {
    const std::size_t before = opened_.size();
    while (opened_.size() == before) Pass(milliseconds(100));
  }
  std::vector<v1::CommandState> Updates(const std::string& id) {
    std::vector<v1::CommandState> states;
    for (const auto& message : sent_) {
      if (message.command_update().command_id() == id) states.push_back(message.command_update().state());
    }
    return states;
  }
  int Count(v1::AgentMessage::KindCase kind) {
    int count = 0;
    for (const auto& message : sent_) count += message.kind_case() == kind ? 1 : 0;
    return count;
  }
  const v1::FindingReport& LastReport() {
    for (auto message = sent_.rbegin(); message != sent_.rend(); ++message) {
      if (message->has_report()) return message->report();
    }
    static const v1::FindingReport kNone;
    return kNone;
  }

  FakeClock clock_;
  FindingBook book_;
  MemoryCommandStore store_;
  CommandJournal journal_{store_};
  double random_ = 1.0;
  Session session_{v1::Hello(), book_, journal_, [this] { return random_; }};
  std::vector<StreamNumber> opened_;
  std::vector<StreamNumber> closed_;
  std::vector<std::string> ran_;
  std::vector<v1::AgentMessage> sent_;
};

TEST_F(SessionTest, SaysHelloFirstAndNothingElseBeforeWelcome) {
  book_.Update({MakeFinding("a")}, kKnown);
  Take(session_.Connect(Now()));
  Take(session_.OnFindings(Now()));
  ASSERT_EQ(opened_.size(), 1U);
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_TRUE(sent_[0].has_hello());
  Hear(Offer("c1"));  // not before Welcome
  EXPECT_TRUE(ran_.empty());
  Hear(Welcome());
  EXPECT_EQ(session_.state(), Session::State::kAttached);
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_TRUE(sent_[1].report().full());
}

TEST_F(SessionTest, SendsNoReportBeforeTheFirstCheck) {
  Attach();
  EXPECT_EQ(Count(v1::AgentMessage::kReport), 0);
  book_.Update({}, kKnown);
  Take(session_.OnFindings(Now()));
  EXPECT_EQ(Count(v1::AgentMessage::kReport), 1);
}

TEST_F(SessionTest, BeatsOnlyWhenNothingElseWasSent) {
  book_.Update({}, kKnown);
  Attach();
  Hear(ReportAck(1));
  Pass(milliseconds(9'999));
  EXPECT_EQ(Count(v1::AgentMessage::kHeartbeat), 0);
  book_.Update({MakeFinding("a")}, kKnown);
  Take(session_.OnFindings(Now()));
  Hear(ReportAck(2));
  Pass(milliseconds(9'999));
  EXPECT_EQ(Count(v1::AgentMessage::kHeartbeat), 0);
  Pass(milliseconds(1));
  EXPECT_EQ(Count(v1::AgentMessage::kHeartbeat), 1);
}

TEST_F(SessionTest, StaysAttachedWhileItHearsSomething) {
  Attach();
  for (int i = 0; i < 100; ++i) {
    Pass(seconds(10));
    Hear(HeartbeatAck());
  }
  EXPECT_TRUE(closed_.empty());
  EXPECT_EQ(opened_.size(), 1U);
}

TEST_F(SessionTest, DropsAStreamThatIsSilentForThreeIntervals) {
  Attach();
  Pass(milliseconds(29'999));
  EXPECT_TRUE(closed_.empty());
  Pass(milliseconds(1));
  ASSERT_EQ(closed_.size(), 1U);
  EXPECT_EQ(closed_[0], opened_[0]);
  EXPECT_EQ(session_.state(), Session::State::kDetached);
}

TEST_F(SessionTest, DropsAStreamWithoutWelcome) {
  Take(session_.Connect(Now()));
  Pass(Session::kWelcomeLimit);
  EXPECT_EQ(closed_.size(), 1U);
}

TEST_F(SessionTest, DropsAStreamOnWhichAReportIsNotAcknowledged) {
  book_.Update({MakeFinding("a")}, kKnown);
  Attach();
  for (int i = 0; i < 12; ++i) {
    EXPECT_TRUE(closed_.empty());
    Pass(seconds(5));
    if (closed_.empty()) Hear(HeartbeatAck());
  }
  ASSERT_EQ(closed_.size(), 1U);
  Pass(seconds(2));
  ASSERT_EQ(opened_.size(), 2U);
  Hear(Welcome());
  EXPECT_TRUE(LastReport().full());
  EXPECT_EQ(LastReport().found_size(), 1);
}

TEST_F(SessionTest, WaitsLongerAfterEachFailureUpToAMinute) {
  Take(session_.Connect(Now()));
  for (const int expected : {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
    const std::size_t before = opened_.size();
    Take(session_.OnClosed(opened_.back(), absl::UnavailableError("refused"), Now()));
    Pass(milliseconds(expected - 1));
    EXPECT_EQ(opened_.size(), before);
    Pass(milliseconds(1));
    EXPECT_EQ(opened_.size(), before + 1);
  }
}

TEST_F(SessionTest, HurriesAgainOnlyOnceAReportWasAcknowledged) {
  book_.Update({}, kKnown);
  Take(session_.Connect(Now()));
  for (int i = 0; i < 10; ++i) {
    Hear(Welcome());  // and dropped at once
    Take(session_.OnClosed(opened_.back(), absl::AbortedError("go away"), Now()));
    PassUntilOpened();
  }
  Hear(Welcome());
  Hear(ReportAck(1));
  Take(session_.OnClosed(opened_.back(), absl::UnavailableError("restart"), Now()));
  const std::size_t before = opened_.size();
  Pass(seconds(1));
  EXPECT_EQ(opened_.size(), before + 1);
}

TEST_F(SessionTest, IgnoresWhatAnOlderStreamStillSays) {
  Attach();
  const StreamNumber old = opened_.back();
  Take(session_.OnClosed(old, absl::OkStatus(), Now()));
  Take(session_.OnClosed(old, absl::OkStatus(), Now()));
  Take(session_.OnMessage(old, Offer("c1"), Now()));
  EXPECT_TRUE(ran_.empty());
  Pass(seconds(1));
  ASSERT_EQ(opened_.size(), 2U);
  Hear(Welcome());
  Take(session_.OnClosed(old, absl::OkStatus(), Now()));
  Take(session_.OnMessage(old, Offer("c2"), Now()));
  EXPECT_EQ(session_.state(), Session::State::kAttached);
  EXPECT_TRUE(ran_.empty());
}

TEST_F(SessionTest, TellsACommandsStatesInOrder) {
  Attach();
  Hear(Offer("c1"));
  EXPECT_EQ(ran_, std::vector<std::string>{"c1"});
  Take(session_.OnCommandDone("c1", {v1::COMMAND_STATE_SUCCEEDED, {}}, Now()));
  EXPECT_EQ(Updates("c1"), (std::vector<v1::CommandState>{v1::COMMAND_STATE_DELIVERED, v1::COMMAND_STATE_STARTED,
                                                          v1::COMMAND_STATE_SUCCEEDED}));
}

TEST_F(SessionTest, RepeatsACommandsEndOnEachStreamUntilItIsAcknowledged) {
  Attach();
  Hear(Offer("c1"));
  Take(session_.OnCommandDone("c1", {v1::COMMAND_STATE_SUCCEEDED, {}}, Now()));
  for (int i = 0; i < 3; ++i) {
    sent_.clear();
    Take(session_.OnClosed(opened_.back(), absl::UnavailableError("gone"), Now()));
    PassUntilOpened();
    Hear(Welcome());
    EXPECT_EQ(Updates("c1"), std::vector<v1::CommandState>{v1::COMMAND_STATE_SUCCEEDED});
  }
  Hear(UpdateAck("c1", v1::COMMAND_STATE_SUCCEEDED));
  sent_.clear();
  Take(session_.OnClosed(opened_.back(), absl::UnavailableError("gone"), Now()));
  PassUntilOpened();
  Hear(Welcome());
  EXPECT_TRUE(Updates("c1").empty());
  EXPECT_EQ(ran_.size(), 1U);
}

TEST_F(SessionTest, AnswersARepeatedOfferOnTheSameStreamWithoutRunningIt) {
  Attach();
  Hear(Offer("c1"));
  Take(session_.OnCommandDone("c1", {v1::COMMAND_STATE_FAILED, {}}, Now()));
  Hear(UpdateAck("c1", v1::COMMAND_STATE_FAILED));
  sent_.clear();
  Hear(Offer("c1"));
  EXPECT_EQ(Updates("c1"), std::vector<v1::CommandState>{v1::COMMAND_STATE_FAILED});
  EXPECT_EQ(ran_.size(), 1U);
}

TEST_F(SessionTest, RunsCommandsWithoutAStreamAndTellsTheirEndLater) {
  session_.MayStart(false);
  Attach();
  Hear(Offer("c1"));
  Take(session_.OnClosed(opened_.back(), absl::UnavailableError("gone"), Now()));
  session_.MayStart(true);
  Take(session_.OnFindings(Now()));
  EXPECT_EQ(ran_, std::vector<std::string>{"c1"});
  Take(session_.OnCommandDone("c1", {v1::COMMAND_STATE_SUCCEEDED, {}}, Now()));
  sent_.clear();
  Pass(seconds(1));
  Hear(Welcome());
  EXPECT_EQ(Updates("c1"), std::vector<v1::CommandState>{v1::COMMAND_STATE_SUCCEEDED});
}

TEST_F(SessionTest, TellsThatACommandExpiredWhileTheAgentWasBusy) {
  session_.MayStart(false);
  Attach();
  Hear(Offer("c1"));
  for (int i = 0; i < 10; ++i) {
    Pass(seconds(6));
    Hear(HeartbeatAck());
  }
  EXPECT_EQ(Updates("c1").back(), v1::COMMAND_STATE_EXPIRED);
  EXPECT_TRUE(ran_.empty());
}

TEST_F(SessionTest, TriesAgainWhenTheJournalCouldNotBeWritten) {
  Attach();
  Hear(Offer("c0"));
  Hear(Offer("c1"));
  store_.fail = true;
  Take(session_.OnCommandDone("c0", {v1::COMMAND_STATE_SUCCEEDED, {}}, Now()));
  EXPECT_EQ(Updates("c0").back(), v1::COMMAND_STATE_STARTED);
  EXPECT_EQ(ran_.size(), 1U);
  store_.fail = false;
  Pass(Session::kStoreRetry);
  EXPECT_EQ(Updates("c0").back(), v1::COMMAND_STATE_SUCCEEDED);
  EXPECT_EQ(ran_, (std::vector<std::string>{"c0", "c1"}));
}

TEST_F(SessionTest, HasAtMostSixtyFourUpdatesUnderway) {
  session_.MayStart(false);
  Attach();
  for (int i = 0; i < 100; ++i) Hear(Offer(std::to_string(i)));
  EXPECT_EQ(Count(v1::AgentMessage::kCommandUpdate), 64);
  Hear(UpdateAck("0", v1::COMMAND_STATE_DELIVERED));
  EXPECT_EQ(Count(v1::AgentMessage::kCommandUpdate), 65);
}

TEST_F(SessionTest, SurvivesNonsenseFromTheCoordinator) {
  book_.Update({MakeFinding("a")}, kKnown);
  Attach();
  for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{7}, ~std::uint64_t{0}})
    Hear(ReportAck(sequence));
  Hear(v1::CoordinatorMessage());
  Hear(Offer(""));
  Hear(UpdateAck("nobody", v1::COMMAND_STATE_SUCCEEDED));
  Hear(Welcome(-5));
  Hear(Welcome(std::numeric_limits<std::int64_t>::max()));
  EXPECT_TRUE(book_.awaiting());
  EXPECT_EQ(session_.state(), Session::State::kAttached);
  EXPECT_TRUE(ran_.empty());
}

TEST_F(SessionTest, KeepsAnIntervalThatCannotHurt) {
  Take(session_.Connect(Now()));
  Hear(Welcome(std::numeric_limits<std::int64_t>::min()));
  ASSERT_TRUE(session_.NextWake().has_value());
  EXPECT_GE(*session_.NextWake(), clock_.Mono() + milliseconds(100));
}

TEST_F(SessionTest, StaysAloneUntilItIsToldToConnect) {
  book_.Update({MakeFinding("a")}, kKnown);
  Take(session_.OnFindings(Now()));
  Take(session_.OnWake(Now()));
  EXPECT_FALSE(session_.NextWake().has_value());
  EXPECT_TRUE(sent_.empty());
  EXPECT_TRUE(opened_.empty());
}

}  // namespace
}  // namespace fleet::agent
