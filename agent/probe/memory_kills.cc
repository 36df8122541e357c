#include "agent/probe/memory_kills.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agent/probe/proc_text.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr int kMostRecords = 200'000;  // more than the largest log holds; a log that grows as it is read ends here

std::int64_t Millis(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

// The log's clock and the wall clock drift apart, so the same kill would seem to move: to the minute it stays.
std::int64_t WallMinute(std::int64_t log_us) {
  const std::int64_t ago_ms = std::max<std::int64_t>(0, Millis(CLOCK_MONOTONIC) - log_us / 1000);
  return (Millis(CLOCK_REALTIME) - ago_ms) / kMinuteMs * kMinuteMs;
}

}  // namespace

std::optional<std::vector<MemoryKill>> MemoryKills(std::span<const std::string_view> names) {
  const int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::vector<MemoryKill> kills;
  std::array<char, 8192> record;
  bool readable = true;
  for (int i = 0; i < kMostRecords; ++i) {
    const ssize_t n = read(fd, record.data(), record.size());                      // one record each
    if (n < 0 && (errno == EINTR || errno == EPIPE || errno == EINVAL)) continue;  // EPIPE: overwritten meanwhile
    if (n < 0) readable = errno == EAGAIN;
    if (n <= 0) break;
    const auto kill = ParseKillRecord({record.data(), static_cast<std::size_t>(n)});
    if (!kill || std::find(names.begin(), names.end(), kill->name) == names.end()) continue;
    kills.push_back({kill->name, kill->pid, WallMinute(kill->at_us)});
  }
  close(fd);
  if (!readable) return std::nullopt;
  return kills;
}

}  // namespace fleet::agent
