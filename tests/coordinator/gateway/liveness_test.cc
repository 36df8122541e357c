#include "coordinator/gateway/liveness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace fleet::coordinator {

namespace {

using std::chrono::seconds;

constexpr StreamId kStream{7};

class LivenessTest : public ::testing::Test {
 protected:
  std::vector<std::pair<std::string, Connectivity>> Tick() {
    std::vector<std::pair<std::string, Connectivity>> verdicts;
    for (const LivenessVerdict& verdict : liveness_.Tick(clock_.Mono())) {
      verdicts.emplace_back(verdict.agent_id, verdict.connectivity);
    }
    return verdicts;
  }
  bool Heard(const std::string& agent) { return liveness_.Heard(agent, kStream, clock_.Mono()); }

  FakeClock clock_;
  Liveness liveness_{seconds(10)};
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST_F(LivenessTest, OnlyTheFirstMessageTurnsAMachineOnline) {
  EXPECT_TRUE(Heard("a"));
  EXPECT_FALSE(Heard("a"));
}

TEST_F(LivenessTest, IsStaleAfterThreeIntervalsAndOfflineAfterSix) {
  Heard("a");
  clock_.Advance(seconds(30) - std::chrono::microseconds(1));
  EXPECT_THAT(Tick(), IsEmpty());
  clock_.Advance(std::chrono::microseconds(1));
  EXPECT_THAT(Tick(), ElementsAre(Pair("a", Connectivity::kStale)));
  EXPECT_THAT(Tick(), IsEmpty());
  clock_.Advance(seconds(30));
  EXPECT_THAT(Tick(), ElementsAre(Pair("a", Connectivity::kOffline)));
  clock_.Advance(seconds(1000));
  EXPECT_THAT(Tick(), IsEmpty());
}

TEST_F(LivenessTest, AMessageKeepsItOnlineHoweverOftenItTicks) {
  Heard("a");
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(seconds(29));
    EXPECT_THAT(Tick(), IsEmpty());
    EXPECT_FALSE(Heard("a"));
  }
}

TEST_F(LivenessTest, AMessageOfAStaleMachineTurnsItOnlineAgain) {
  Heard("a");
  clock_.Advance(seconds(45));
  EXPECT_THAT(Tick(), ElementsAre(Pair("a", Connectivity::kStale)));
  EXPECT_TRUE(Heard("a"));
  clock_.Advance(seconds(29));
  EXPECT_THAT(Tick(), IsEmpty());
}

TEST_F(LivenessTest, JudgesOnlyTheSilentOnes) {
  Heard("a");
  Heard("b");
  clock_.Advance(seconds(20));
  Heard("a");
  clock_.Advance(seconds(10));
  EXPECT_THAT(Tick(), ElementsAre(Pair("b", Connectivity::kStale)));
}

TEST_F(LivenessTest, ALongGapBetweenTicksGivesBothVerdictsInOrder) {
  Heard("a");
  clock_.Advance(seconds(100));
  EXPECT_THAT(Tick(), ElementsAre(Pair("a", Connectivity::kStale), Pair("a", Connectivity::kOffline)));
}

TEST_F(LivenessTest, AMachineOfTheProcessBeforeGoesOfflineWhenItStaysAway) {
  liveness_.Expect("a", clock_.Mono());
  clock_.Advance(seconds(59));
  EXPECT_THAT(Tick(), IsEmpty());
  clock_.Advance(seconds(1));
  EXPECT_THAT(Tick(), ElementsAre(Pair("a", Connectivity::kOffline)));
}

TEST_F(LivenessTest, AMachineOfTheProcessBeforeThatIsHeardIsOnline) {
  liveness_.Expect("a", clock_.Mono());
  EXPECT_TRUE(Heard("a"));
  liveness_.Expect("a", clock_.Mono());  // it is known better by now
  EXPECT_FALSE(Heard("a"));
}

TEST_F(LivenessTest, AVerdictNamesTheStreamAndTheTimeItWasLastHeard) {
  Heard("a");
  const MonoTime heard = clock_.Mono();
  EXPECT_EQ(liveness_.LastHeard("a"), heard);
  EXPECT_EQ(liveness_.LastHeard("b"), std::nullopt);
  clock_.Advance(seconds(31));
  const auto verdicts = liveness_.Tick(clock_.Mono());
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].stream, kStream);
  EXPECT_EQ(verdicts[0].heard, heard);
}

}  // namespace

}  // namespace fleet::coordinator
