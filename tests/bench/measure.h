#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace fleet::agent {

// What running something took.
struct Cost {
  double seconds = 0;  // on the clock: another process on the same cores adds to it
  double cpu = 0;      // user and system time of this process: what ratios are made of
};
Cost Measure(const std::function<void()>& run);

// Of the costs of a few runs the one with the least processor time.
Cost Best(int runs, const std::function<void()>& run);

// Of a process, from /proc; 0 when it cannot be read. KiB.
struct Memory {
  std::int64_t resident = 0;
  std::int64_t peak = 0;          // most that was ever resident
  std::int64_t proportional = 0;  // shared pages divided among those who share them
  std::int64_t own = 0;           // pages nobody shares
  std::int64_t threads = 0;
};
Memory MemoryOf(int pid);

double CpuSecondsOf(int pid);

}  // namespace fleet::agent
