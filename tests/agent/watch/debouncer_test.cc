#include "agent/watch/debouncer.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;

class DebouncerTest : public testing::Test {
 protected:
  FakeClock clock_;
  Debouncer debouncer_{milliseconds(250), 3};
};

TEST_F(DebouncerTest, APathWrittenManyTimesIsToldOnceAQuarterSecondAfterTheFirst) {
  EXPECT_FALSE(debouncer_.due());
  for (int i = 0; i < 20; ++i) {
    debouncer_.Add("/a", clock_.Mono());
    EXPECT_FALSE(debouncer_.Take(clock_.Mono()));
    clock_.Advance(milliseconds(10));
  }
  clock_.Advance(milliseconds(50));
  const auto batch = debouncer_.Take(clock_.Mono());
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->paths, std::set<std::string>{"/a"});
  EXPECT_FALSE(batch->rescan);
  EXPECT_FALSE(debouncer_.due());
}

TEST_F(DebouncerTest, AFileThatNeverRestsIsStillTold) {
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    debouncer_.Add("/a", clock_.Mono());
    clock_.Advance(milliseconds(10));
    if (debouncer_.Take(clock_.Mono())) ++told;
  }
  EXPECT_EQ(told, 4);
}

TEST_F(DebouncerTest, WhatDoesNotFitIsCountedAndMakesALookAtEverything) {
  for (const char* path : {"/a", "/b", "/c", "/d", "/e", "/a"}) debouncer_.Add(path, clock_.Mono());
  clock_.Advance(milliseconds(250));
  const auto batch = debouncer_.Take(clock_.Mono());
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->paths.size(), 3U);
  EXPECT_EQ(batch->dropped, 2);
  EXPECT_TRUE(batch->rescan);
  debouncer_.Add("/d", clock_.Mono());
  clock_.Advance(milliseconds(250));
  EXPECT_FALSE(debouncer_.Take(clock_.Mono())->rescan);
}

TEST_F(DebouncerTest, LostEventsMakeALookAtEverything) {
  debouncer_.AddUnknown(clock_.Mono());
  clock_.Advance(milliseconds(250));
  EXPECT_TRUE(debouncer_.Take(clock_.Mono())->rescan);
}

}  // namespace
}  // namespace fleet::agent
