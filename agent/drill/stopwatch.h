#pragma once

#include <cstdint>

#include "common/clock.h"

namespace fleet::agent {

// How long a recovery has taken.
class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), began_(clock.Mono()) {}
  std::int64_t ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Mono() - began_).count();
  }

 private:
  const Clock& clock_;
  MonoTime began_;
};

}  // namespace fleet::agent
