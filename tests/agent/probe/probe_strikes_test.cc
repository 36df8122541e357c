#include "agent/probe/probe_strikes.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

constexpr std::int64_t kNow = 1'790'000'000'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;

TEST(ProbeStrikes, TwoMeanADayOfQuarantine) {
  ProbeStrikes strikes;
  strikes.Add("qdrant", false, kNow);
  EXPECT_FALSE(strikes.IsQuarantined("qdrant", kNow));
  strikes.Add("qdrant", true, kNow + kHour);
  EXPECT_TRUE(strikes.IsQuarantined("qdrant", kNow + kHour));
  EXPECT_FALSE(strikes.IsQuarantined("logs", kNow + kHour));
  EXPECT_TRUE(strikes.IsQuarantined("qdrant", kNow + kDay + kHour - 1));
  EXPECT_FALSE(strikes.IsQuarantined("qdrant", kNow + kDay + kHour));
  const std::vector<QuarantinedProbe> probes = strikes.Quarantined(kNow + kHour);
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].name, "qdrant");
  EXPECT_EQ(probes[0].strikes, 2);
  EXPECT_TRUE(probes[0].hung);
  EXPECT_EQ(probes[0].until_ms, kNow + kHour + kDay);
}

TEST(ProbeStrikes, AnotherOneAfterTheDayCostsAnotherDay) {
  ProbeStrikes strikes;
  strikes.Add("logs", false, kNow);
  strikes.Add("logs", false, kNow);
  EXPECT_FALSE(strikes.IsQuarantined("logs", kNow + 2 * kDay));
  strikes.Add("logs", false, kNow + 2 * kDay);
  EXPECT_TRUE(strikes.IsQuarantined("logs", kNow + 2 * kDay));
}

TEST(ProbeStrikes, ExpireAfterAWeek) {
  ProbeStrikes strikes;
  strikes.Add("logs", false, kNow);
  strikes.Add("logs", false, kNow + 7 * kDay);
  EXPECT_FALSE(strikes.IsQuarantined("logs", kNow + 7 * kDay));
}

TEST(ProbeStrikes, AreReadBackByTheSameVersionOnly) {
  ProbeStrikes strikes;
  strikes.Add("scan U", true, kNow);
  strikes.Add("scan U", false, kNow + 1);
  const std::string text = strikes.Text("1.2.3");
  EXPECT_TRUE(ProbeStrikes::Parse(text, "1.2.3", kNow + 1).IsQuarantined("scan U", kNow + 1));
  EXPECT_EQ(ProbeStrikes::Parse(text, "1.2.3", kNow + 1).Text("1.2.3"), text);
  EXPECT_FALSE(ProbeStrikes::Parse(text, "1.2.4", kNow + 1).IsQuarantined("scan U", kNow + 1));
}

TEST(ProbeStrikes, OfTheFutureAreOfNow) {
  ProbeStrikes strikes;
  strikes.Add("logs", false, kNow + 365 * kDay);
  strikes.Add("logs", false, kNow + 365 * kDay);
  const ProbeStrikes read = ProbeStrikes::Parse(strikes.Text("1"), "1", kNow);
  EXPECT_TRUE(read.IsQuarantined("logs", kNow));
  EXPECT_FALSE(read.IsQuarantined("logs", kNow + kDay));
}

TEST(ProbeStrikes, ADamagedRecordCostsStrikesOnly) {
  const std::string bytes(
      "version 1\nhung x logs\ndied 99999999999999999999 logs\nhung -5 logs\nhung 7\nhung 7 \n\0\xFF\n"
      "died 1790000000000 qdrant\nhung 17900000",
      120);
  const ProbeStrikes read = ProbeStrikes::Parse(bytes, "1", kNow);
  EXPECT_EQ(read.Count("logs", kNow), 0);
  EXPECT_EQ(read.Count("qdrant", kNow), 1);
  EXPECT_EQ(ProbeStrikes::Parse("", "1", kNow).Text("1"), "version 1\n");
}

}  // namespace
}  // namespace fleet::agent
