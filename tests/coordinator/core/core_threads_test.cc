#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

#include "common/strand.h"
#include "coordinator/core/core.h"
#include "tests/support/brain.h"

namespace fleet::coordinator {
namespace {

TEST(CoreThreads, TakeEventsFromManyThreadsAndAnswerEachOnce) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 500;
  SystemClock clock;
  MemoryStore store;
  RecordingOutputs outputs;
  std::latch answered(kThreads * kEvents);
  Strand strand;
  Core core(CoreParts{strand, clock, store, outputs, {}});
  ASSERT_TRUE(core.Load().ok());
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&core, &answered, thread] {
      for (int i = 0; i < kEvents; ++i) {
        AgentAttached event{StreamId(thread * kEvents + i), {}};
        event.hello.set_agent_id("agent-" + std::to_string(thread) + "-" + std::to_string(i));
        event.hello.set_protocol_version(kProtocolVersion);
        core.Handle(std::move(event), [&answered](const absl::Status& status) {
          EXPECT_TRUE(status.ok());
          answered.count_down();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  answered.wait();
  std::size_t agents = 0;
  std::latch read(1);
  core.Read([&](const FleetState& state) {
    agents = state.agents().size();
    read.count_down();
  });
  read.wait();
  strand.Stop();
  EXPECT_EQ(agents, static_cast<std::size_t>(kThreads * kEvents));
  EXPECT_LE(store.commits, kThreads * kEvents);
}

}  // namespace
}  // namespace fleet::coordinator
