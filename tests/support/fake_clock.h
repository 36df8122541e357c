#pragma once

#include "common/clock.h"

namespace fleet {

// A clock that moves only when told. One thread, or moved while nothing else runs.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::int64_t wall_ms = 1'790'000'000'000) : wall_(FromMillis(wall_ms)) {}
  WallTime Now() const override { return wall_; }
  MonoTime Mono() const override { return mono_; }
  void Advance(std::chrono::microseconds by) {
    wall_ += by;
    mono_ += by;
  }
  // A wall clock that was set, as by NTP: steady time does not notice.
  void JumpWall(std::chrono::microseconds by) { wall_ += by; }

 private:
  WallTime wall_;
  MonoTime mono_{std::chrono::hours(1)};
};

}  // namespace fleet
