#pragma once

#include <atomic>

#include "common/clock.h"

namespace fleet {

// The system's clock plus what the test added; for tests whose other threads read the clock meanwhile.
class MovableClock final : public Clock {
 public:
  WallTime Now() const override { return system_.Now() + Added(); }
  MonoTime Mono() const override { return system_.Mono() + Added(); }
  void Advance(std::chrono::milliseconds by) { added_ms_ += by.count(); }

 private:
  std::chrono::milliseconds Added() const { return std::chrono::milliseconds(added_ms_.load()); }

  SystemClock system_;
  std::atomic<std::int64_t> added_ms_ = 0;
};

}  // namespace fleet
