#pragma once

#include <chrono>
#include <cstdint>

namespace fleet::agent {

// The agent's own appetite. What it may take of the machine it looks after; a configuration may give others.
struct SelfLimits {
  double core_share = 0.05;                                // of one core, averaged from one examination to the next
  std::chrono::milliseconds longest_pause{6 * 3'600'000};  // an examination is not put off longer than this
};

// Puts the calling thread behind everything else: nice 10 and, where the disk's scheduler knows it, idle I/O. Other
// threads stay as they are. What the system refuses is left as it is.
void RunInBackground();

// Processor time of the calling thread so far.
std::chrono::nanoseconds ThreadCpuTime();

// From the beginning of an examination that took so much processor time to the beginning of the next: the interval, or
// longer when the share would be exceeded.
std::chrono::milliseconds IntervalAfter(std::chrono::nanoseconds cpu, std::chrono::milliseconds interval,
                                        const SelfLimits& limits);

// Gives back to the system what was freed, which glibc keeps otherwise. For after an examination.
struct MemoryUse {
  std::int64_t before = 0;  // resident bytes
  std::int64_t after = 0;
};
MemoryUse TrimMemory();

}  // namespace fleet::agent
