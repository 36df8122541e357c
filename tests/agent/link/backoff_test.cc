#include "agent/link/backoff.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, IsNeverShorterThanHalfASecondOrLongerThanAMinute) {
  for (const double share : {0.0, 0.25, 0.999999, 1.0, -3.0, 7.0}) {
    Backoff backoff([share] { return share; });
    for (int i = 0; i < 100; ++i) {
      const milliseconds wait = backoff.Next();
      EXPECT_GE(wait, milliseconds(500));
      EXPECT_LE(wait, milliseconds(60'000));
    }
  }
}

TEST(Backoff, DoublesItsCeiling) {
  Backoff backoff([] { return 1.0; });
  for (const int expected : {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
    EXPECT_EQ(backoff.Next(), milliseconds(expected));
  }
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  double share = 0;
  Backoff backoff([&share] { return share; });
  for (int i = 0; i < 10; ++i) backoff.Next();
  EXPECT_EQ(backoff.Next(), milliseconds(500));
  share = 0.5;
  EXPECT_EQ(backoff.Next(), milliseconds(30'250));
}

TEST(Backoff, BeginsAnewAfterReset) {
  Backoff backoff([] { return 1.0; });
  for (int i = 0; i < 10; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), milliseconds(1'000));
}

}  // namespace
}  // namespace fleet::agent
