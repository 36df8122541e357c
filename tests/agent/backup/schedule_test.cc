#include "agent/backup/schedule.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace fleet::agent {
namespace {

using std::chrono::minutes;

TEST(BackupSchedule, MakesOneTwiceWithinTheObjective) {
  FakeClock clock;
  BackupSchedule schedule(minutes(15), clock.Mono());
  EXPECT_GT(schedule.due(), clock.Mono()) << "a machine that has just started has other things to do";
  EXPECT_LE(schedule.due(), clock.Mono() + minutes(2));
  clock.Advance(minutes(2));
  schedule.Succeeded(clock.Mono());
  EXPECT_EQ(schedule.due(), clock.Mono() + std::chrono::seconds(450));
}

TEST(BackupSchedule, AFailureIsMadeUpForBeforeTheObjectiveIsMissed) {
  FakeClock clock;
  BackupSchedule schedule(minutes(15), clock.Mono());
  schedule.Succeeded(clock.Mono());
  const MonoTime saved = clock.Mono();
  clock.Advance(minutes(8));
  schedule.Failed(clock.Mono());
  EXPECT_LT(schedule.due(), saved + minutes(15));
}

TEST(BackupSchedule, WaitsLongerAfterEachFailureButNeverLongerThanTheObjective) {
  FakeClock clock;
  BackupSchedule schedule(minutes(15), clock.Mono());
  auto last = MonoTime::duration(0);
  std::string told;
  for (int failure = 1; failure <= 40; ++failure) {
    schedule.Failed(clock.Mono());
    const auto wait = schedule.due() - clock.Mono();
    EXPECT_GE(wait, last);
    EXPECT_LE(wait, minutes(15));
    last = wait;
    clock.Advance(std::chrono::duration_cast<std::chrono::microseconds>(wait));
    if (schedule.IsWorthTelling()) told += std::to_string(failure) + " ";
  }
  EXPECT_EQ(last, minutes(15));
  EXPECT_EQ(told, "1 2 4 8 16 32 ");
  schedule.Succeeded(clock.Mono());
  EXPECT_EQ(schedule.failures(), 0);
  EXPECT_FALSE(schedule.IsWorthTelling());
}

}  // namespace
}  // namespace fleet::agent
