#include "common/strand.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

#include "tests/support/manual_executor.h"

namespace fleet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

MonoTime Now() { return std::chrono::steady_clock::now(); }

// Everything posted before has run once this returns.
void Drain(Strand& strand) {
  std::promise<void> done;
  strand.Post([&] { done.set_value(); });
  done.get_future().wait();
}

TEST(Strand, RunsTasksOneByOneInTheOrderPosted) {
  std::vector<int> order;
  Strand strand;
  for (int i = 0; i < 1000; ++i) strand.Post([&order, i] { order.push_back(i); });
  Drain(strand);
  ASSERT_EQ(order.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Strand, NeverRunsTwoTasksAtOnceThoughManyThreadsPost) {
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  int ran = 0;
  Strand strand;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        strand.Post([&] {
          if (++inside != 1) overlapped = true;
          ++ran;
          --inside;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Drain(strand);
  EXPECT_FALSE(overlapped);
  EXPECT_EQ(ran, 2000);
}

TEST(Strand, PostFromATaskDoesNotRunInline) {
  std::promise<bool> inline_run;
  Strand strand;
  strand.Post([&] {
    auto ran = std::make_shared<bool>(false);
    strand.Post([ran] { *ran = true; });
    inline_run.set_value(*ran);
  });
  EXPECT_FALSE(inline_run.get_future().get());
}

TEST(Strand, TimersComeInTheOrderOfTheirTimes) {
  std::vector<int> order;
  std::promise<void> done;
  Strand strand;
  const MonoTime soon = Now() + milliseconds(5);
  strand.Post([&] {  // all are set before any is due to run
    strand.PostAt(soon + milliseconds(1), [&] {
      order.push_back(3);
      done.set_value();
    });
    strand.PostAt(soon, [&] { order.push_back(2); });
    strand.Post([&] { order.push_back(1); });
  });
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Strand, ACancelledTimerNeitherRunsNorKeepsItsTask) {
  Strand strand;
  auto held = std::make_shared<int>(1);
  bool ran = false;
  const TimerId id = strand.PostAt(Now() + hours(1), [held, &ran] { ran = true; });
  EXPECT_EQ(held.use_count(), 2);
  strand.Cancel(id);
  EXPECT_EQ(held.use_count(), 1);
  strand.Cancel(id);
  strand.Cancel(TimerId{12345});
  strand.Stop();
  EXPECT_FALSE(ran);
}

TEST(Strand, StopRunsWhatIsDueAndDropsTheRest) {
  int ran = 0;
  bool later = false;
  Strand strand;
  strand.PostAt(Now() + hours(1), [&] { later = true; });
  for (int i = 0; i < 100; ++i) strand.Post([&] { ++ran; });
  strand.Stop();
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(later);
  strand.Post([&] { ++ran; });  // after the end: dropped, not lost in a race
  strand.Stop();
  EXPECT_EQ(ran, 100);
}

TEST(Strand, KnowsItsOwnThread) {
  Strand strand;
  std::promise<bool> inside;
  strand.Post([&] { inside.set_value(strand.InExecutor()); });
  EXPECT_TRUE(inside.get_future().get());
  EXPECT_FALSE(strand.InExecutor());
}

TEST(ManualExecutor, MovesTheClockFromTimerToTimer) {
  FakeClock clock;
  ManualExecutor executor(clock);
  const MonoTime start = clock.Mono();
  std::vector<std::chrono::nanoseconds> at;
  executor.PostAt(start + hours(2), [&] { at.push_back(clock.Mono() - start); });
  executor.PostAt(start + hours(1), [&] {
    at.push_back(clock.Mono() - start);
    executor.PostAt(start + hours(3), [&] { at.push_back(clock.Mono() - start); });
  });
  const TimerId cancelled = executor.PostAt(start + hours(1), [&] { at.clear(); });
  executor.Cancel(cancelled);
  executor.Advance(hours(4));
  EXPECT_EQ(at, (std::vector<std::chrono::nanoseconds>{hours(1), hours(2), hours(3)}));
  EXPECT_EQ(clock.Mono() - start, hours(4));
}

}  // namespace
}  // namespace fleet
