#include "agent/probe/self_limits.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace fleet::agent {

namespace {

constexpr int kNice = 10;
// <linux/ioprio.h> of Debian 12 has no names for these.
constexpr int kIoPriorityWhoProcess = 1;
constexpr int kIoPriorityIdle = 3 << 13;

std::int64_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  long long total = 0;
  long long resident = 0;
  const int fields = std::fscanf(file, "%lld %lld", &total, &resident);
  std::fclose(file);
  return fields == 2 ? resident * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace

void RunInBackground() {
  // On Linux both are the thread's own.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  syscall(SYS_ioprio_set, kIoPriorityWhoProcess, 0, kIoPriorityIdle);
}

std::chrono::nanoseconds ThreadCpuTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::milliseconds IntervalAfter(std::chrono::nanoseconds cpu, std::chrono::milliseconds interval,
                                        const SelfLimits& limits) {
  const std::chrono::duration<double, std::milli> needed = cpu / limits.core_share;
  if (needed >= limits.longest_pause) return std::max(interval, limits.longest_pause);
  return std::max(interval, std::chrono::ceil<std::chrono::milliseconds>(needed));
}

MemoryUse TrimMemory() {
  MemoryUse use;
  use.before = ResidentBytes();
  malloc_trim(0);
  use.after = ResidentBytes();
  return use;
}

}  // namespace fleet::agent
