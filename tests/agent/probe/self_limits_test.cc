#include "agent/probe/self_limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SelfLimits, WhatCostsMoreThanItsShareIsPutOff) {
  const SelfLimits limits;  // 5 % of a core
  EXPECT_EQ(IntervalAfter(milliseconds(3'000), seconds(60), limits), seconds(60));
  EXPECT_EQ(IntervalAfter(milliseconds(6'000), seconds(60), limits), seconds(120));
  EXPECT_EQ(IntervalAfter(milliseconds(0), seconds(60), limits), seconds(60));
  EXPECT_EQ(IntervalAfter(seconds(100'000), seconds(60), limits), limits.longest_pause);
  EXPECT_EQ(IntervalAfter(seconds(100'000), std::chrono::hours(24), limits), std::chrono::hours(24));
}

TEST(SelfLimits, OnlyTheCallingThreadStepsBack) {
  const int before = getpriority(PRIO_PROCESS, 0);
  int nice = 0;
  long io = 0;
  std::thread([&] {
    RunInBackground();
    nice = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
    io = syscall(SYS_ioprio_get, 1, 0);
  }).join();
  EXPECT_EQ(nice, std::max(before, 10));
  EXPECT_EQ(io >> 13, 3);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}

TEST(SelfLimits, GivesBackWhatWasFreed) {
  {
    std::vector<std::vector<char>> pieces;
    for (int i = 0; i < 2'000; ++i) pieces.emplace_back(20'000, 'x');
  }
  const MemoryUse use = TrimMemory();
  EXPECT_GT(use.before, 0);
  constexpr std::int64_t kLooking = 1 << 20;  // to look costs memory too, under a sanitizer more than it gives back
  EXPECT_LE(use.after, use.before + kLooking);
}

TEST(SelfLimits, CountsTheTimeOfTheThreadItself) {
  const auto before = ThreadCpuTime();
  volatile std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) sum = sum + i;
  EXPECT_GT(ThreadCpuTime(), before);
}

}  // namespace
}  // namespace fleet::agent
