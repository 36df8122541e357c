#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/core/outbox.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr auto kMinute = std::chrono::minutes(1);

// A fleet whose P1 incidents are told to "chat" at once, to "phone" after ten minutes, and to "phone" again every half
// hour; P0 incidents to both at once.
class Escalation : public ::testing::Test {
 protected:
  Escalation() {
    brain.escalation.chains[1] = {.steps = {{0, {"chat"}}, {10 * kMinuteMs, {"phone"}}}, .repeat_ms = 30 * kMinuteMs};
    brain.escalation.chains[0] = {.steps = {{0, {"phone", "chat"}}}, .repeat_ms = 0};
    brain.escalation.link = "https://fleet/incidents/{id}";
    brain.Restart();
    EXPECT_TRUE(brain.Attach(1, "a").ok());
    EXPECT_TRUE(brain.Full(1, {}).ok());
  }

  void Break(Severity severity = Severity::kP1) {
    ASSERT_TRUE(brain.Difference(1, {MakeFinding("f", severity)}, {}).ok());
  }
  void Mend() { ASSERT_TRUE(brain.Difference(1, {}, {"f"}).ok()); }
  RowPtr<IncidentRow> incident() { return brain.Latest("a", "f"); }

  void Answer(const SendNotice& sent, Delivery::Outcome outcome, const std::string& thread = "") {
    EXPECT_TRUE(brain.Do(NoticeAttempted{sent.key, {outcome, thread, "as the receiver said", {}}}).ok());
  }
  // What was sent since the last call, as "chat opened"; each is answered with `outcome`, and what follows from that
  // too.
  Texts Sent(Delivery::Outcome outcome = Delivery::Outcome::kDelivered) {
    static constexpr const char* kKinds[] = {" opened", " reminder", " changed", " closed"};
    Texts texts;
    while (!brain.outputs.notices.empty()) {
      for (const SendNotice& notice : std::exchange(brain.outputs.notices, {})) {
        texts.push_back(notice.channel + kKinds[static_cast<int>(notice.notice.kind)]);
        Answer(notice, outcome, "thread of " + notice.channel);
      }
    }
    return texts;
  }
  void Acknowledge() { ASSERT_TRUE(brain.Acknowledge(incident()->id, "mira", 60 * kMinuteMs).ok()); }

  Brain brain;
};

TEST_F(Escalation, GoesStepByStepAndThenAgainAndAgainUntilSomebodyResponds) {
  Break();
  EXPECT_THAT(Sent(), ElementsAre("chat opened"));
  brain.executor.Advance(10 * kMinute - kSecond);
  EXPECT_THAT(Sent(), IsEmpty());
  brain.executor.Advance(kSecond);
  EXPECT_THAT(Sent(), ElementsAre("phone opened"));
  brain.executor.Advance(30 * kMinute);
  EXPECT_THAT(Sent(), ElementsAre("phone reminder"));
  brain.executor.Advance(30 * kMinute);
  EXPECT_THAT(Sent(), ElementsAre("phone reminder"));
  Acknowledge();
  EXPECT_THAT(Sent(), ElementsAre("chat changed", "phone changed"));
  brain.executor.Advance(59 * kMinute);
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(Escalation, SaysWhatAReceiverNeeds) {
  Break();
  ASSERT_EQ(brain.outputs.notices.size(), 1u);
  const Notice& notice = brain.outputs.notices[0].notice;
  EXPECT_EQ(notice.id, incident()->id + "-0");
  EXPECT_EQ(notice.subject, "P1 session.hidden on host-a");
  EXPECT_EQ(notice.link, "https://fleet/incidents/" + incident()->id);
  EXPECT_EQ(notice.respond_by_ms, incident()->respond_by_ms);
  EXPECT_EQ(notice.lines.back(), "Take it on: dgmoctl incidents ack " + incident()->id);
}

TEST_F(Escalation, GoesOnWhereItStoppedWhenAnAcknowledgementRunsOut) {
  Break();
  Sent();
  brain.executor.Advance(4 * kMinute);
  Acknowledge();
  Sent();
  brain.executor.Advance(66 * kMinute - kSecond);
  EXPECT_THAT(Sent(), IsEmpty());
  brain.executor.Advance(kSecond);
  EXPECT_THAT(Sent(), ElementsAre("phone opened"));
}

TEST_F(Escalation, TellsTheEndToEveryoneWhoWasToldOfTheBeginningInItsThread) {
  Break();
  Sent();
  brain.executor.Advance(10 * kMinute);
  Sent();
  Mend();
  ASSERT_EQ(brain.outputs.notices.size(), 2u);
  EXPECT_EQ(brain.outputs.notices[0].notice.thread, "thread of chat");
  EXPECT_EQ(brain.outputs.notices[0].notice.respond_by_ms, 0);
  EXPECT_THAT(Sent(), ElementsAre("chat closed", "phone closed"));
  brain.executor.Advance(100 * kHour);
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(Escalation, SendsTheSameNoticeAgainUntilItIsTaken) {
  Break();
  const SendNotice first = brain.outputs.notices.at(0);
  EXPECT_THAT(Sent(Delivery::Outcome::kAgain), ElementsAre("chat opened"));
  brain.executor.Advance(std::chrono::milliseconds(6'250));
  ASSERT_EQ(brain.outputs.notices.size(), 1u);
  EXPECT_EQ(brain.outputs.notices[0].notice.id, first.notice.id);
  EXPECT_THAT(Sent(), ElementsAre("chat opened"));
  brain.executor.Advance(9 * kMinute);
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(Escalation, WaitsAsLongAsTheReceiverWishes) {
  Break();
  const SendNotice sent = std::exchange(brain.outputs.notices, {}).at(0);
  const Delivery later{Delivery::Outcome::kAgain, "", "slow down", std::chrono::minutes(3)};
  ASSERT_TRUE(brain.Do(NoticeAttempted{sent.key, later}).ok());
  brain.executor.Advance(3 * kMinute - kSecond);
  EXPECT_THAT(Sent(), IsEmpty());
  brain.executor.Advance(kSecond);
  EXPECT_THAT(Sent(), ElementsAre("chat opened"));
}

TEST_F(Escalation, SendsAgainWhatWasUnderWayWhenTheCoordinatorDied) {
  Break();
  const SendNotice first = std::exchange(brain.outputs.notices, {}).at(0);
  brain.Restart();
  brain.executor.Advance(2 * kMinute);
  ASSERT_EQ(brain.outputs.notices.size(), 1u);
  EXPECT_EQ(brain.outputs.notices[0].notice, first.notice);
}

TEST_F(Escalation, GivesUpAfterADayAndKeepsTheDeadLetter) {
  Break();
  for (int i = 0; i < 60; ++i) {
    for (const SendNotice& sent : std::exchange(brain.outputs.notices, {})) Answer(sent, Delivery::Outcome::kAgain);
    brain.executor.Advance(30 * kMinute);
  }
  const NoticeRow dead = *brain.state().notices().at({incident()->id, 0});
  EXPECT_EQ(dead.state, NoticeState::kDead);
  EXPECT_EQ(dead.detail, "as the receiver said");
  EXPECT_GT(dead.attempts, 20);
  const Texts lines = brain.Timeline(incident()->id);
  EXPECT_NE(std::find(lines.begin(), lines.end(), "not_notified"), lines.end());
}

TEST_F(Escalation, WhoCouldNotBeToldOfTheBeginningIsNotToldOfTheEnd) {
  Break();
  EXPECT_THAT(Sent(Delivery::Outcome::kRefused), ElementsAre("chat opened"));
  Mend();
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(Escalation, WhatMayHaveArrivedIsFollowedByItsEndAndByNothingStale) {
  Break();
  Sent(Delivery::Outcome::kAgain);
  Acknowledge();  // a change that waits for the opening
  Mend();
  brain.executor.Advance(10 * kSecond);
  EXPECT_THAT(Sent(), ElementsAre("chat opened", "chat closed"));
}

TEST_F(Escalation, RemindersNeitherPileUpBeforeAChannelThatDoesNotWorkNorInTheStore) {
  Break();
  Sent();
  brain.executor.Advance(10 * kMinute);
  for (int i = 0; i < 8; ++i) {
    for (const SendNotice& sent : std::exchange(brain.outputs.notices, {})) Answer(sent, Delivery::Outcome::kAgain);
    brain.executor.Advance(30 * kMinute);
  }
  EXPECT_EQ(brain.state().notices().size(), 2u) << "the openings";
  brain.executor.Advance(2 * kHour);
  Sent();
  for (int i = 0; i < 100; ++i) {
    brain.executor.Advance(30 * kMinute);
    EXPECT_THAT(Sent(), Contains("phone reminder"));
  }
  EXPECT_EQ(brain.state().notices().size(), 3u) << "both openings and the last reminder";
}

TEST_F(Escalation, NoticesOfOneIncidentOnOneChannelKeepTheirOrder) {
  Break();
  const SendNotice opening = std::exchange(brain.outputs.notices, {}).at(0);
  Mend();
  EXPECT_THAT(brain.outputs.notices, IsEmpty()) << "the opening is under way";
  Break();
  EXPECT_THAT(brain.outputs.notices, IsEmpty());
  Answer(opening, Delivery::Outcome::kDelivered);
  EXPECT_THAT(Sent(), ElementsAre("chat closed", "chat opened"));
}

TEST_F(Escalation, BeginsAnewWhenTheSeverityRisesOrTheFaultComesBack) {
  Break();
  Sent();
  Break(Severity::kP0);
  EXPECT_THAT(Sent(), ElementsAre("chat reminder", "phone opened"));
  Mend();
  Sent();
  Break(Severity::kP0);
  EXPECT_THAT(Sent(), ElementsAre("chat opened", "phone opened"));
}

TEST_F(Escalation, IncidentsOfASeverityWithoutAChainAreToldToNobody) {
  Break(Severity::kP2);
  brain.executor.Advance(100 * kHour);
  EXPECT_THAT(brain.outputs.notices, IsEmpty());
  EXPECT_THAT(brain.state().notices(), IsEmpty());
}

TEST_F(Escalation, AChainThatIsNewReachesTheIncidentsThatAreOpenAlready) {
  Break(Severity::kP2);
  brain.escalation.chains[2] = {.steps = {{0, {"mail"}}}, .repeat_ms = 0};
  brain.Restart();
  brain.executor.Advance(kSecond);
  EXPECT_THAT(Sent(), ElementsAre("mail opened"));
  brain.Restart();
  brain.executor.Advance(kSecond);
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(Escalation, AnswersToWhatIsForgottenChangeNothing) {
  Break();
  const SendNotice sent = std::exchange(brain.outputs.notices, {}).at(0);
  Mend();
  brain.clock.Advance(91 * 24 * kHour);
  brain.executor.RunDue();
  EXPECT_THAT(brain.state().notices(), IsEmpty());
  Answer(sent, Delivery::Outcome::kDelivered);
  EXPECT_THAT(brain.state().notices(), IsEmpty());
  EXPECT_THAT(brain.state().incidents(), IsEmpty());
}

TEST(BackOff, DoublesFromSecondsToAnHourAndIsNotTheSameForAll) {
  EXPECT_GE(BackOffMs(1, "a"), 5'000);
  EXPECT_LE(BackOffMs(1, "a"), 6'250);
  EXPECT_GE(BackOffMs(4, "a"), 40'000);
  EXPECT_GE(BackOffMs(1'000, "a"), 3'600'000);
  EXPECT_LE(BackOffMs(1'000, "a"), 4'500'000);
  EXPECT_NE(BackOffMs(5, "a"), BackOffMs(5, "b"));
}

}  // namespace
}  // namespace fleet::coordinator
