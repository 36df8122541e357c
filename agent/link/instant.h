#pragma once

#include "common/clock.h"

namespace fleet::agent {

// One moment on both clocks: wall time is stored and shown, steady time measures waits.
struct Instant {
  WallTime wall;
  MonoTime mono;
};

inline Instant InstantOf(const Clock& clock) { return {clock.Now(), clock.Mono()}; }

}  // namespace fleet::agent
