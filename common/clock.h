#pragma once

#include <chrono>
#include <cstdint>

namespace fleet {

// Wall time is stored, shown and compared with deadlines; steady time measures intervals.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

// The only way to ask for the time. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
  virtual MonoTime Mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime Now() const override;
  MonoTime Mono() const override;
};

// Milliseconds since the Unix epoch: the unit of the wire, the store and dgmo's own documents.
inline std::int64_t ToMillis(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
inline WallTime FromMillis(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace fleet
