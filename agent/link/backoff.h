#pragma once

#include <absl/functional/any_invocable.h>

#include <chrono>

namespace fleet::agent {

// Uniform in [0, 1).
using RandomSource = absl::AnyInvocable<double()>;

// How long to wait before the next attempt to reach the coordinator: anywhere between half a second and a ceiling that
// doubles from one second to a minute, so that a thousand agents that lost one coordinator do not come back at once.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFloor{500};
  static constexpr std::chrono::milliseconds kCeiling{60'000};

  explicit Backoff(RandomSource random);
  std::chrono::milliseconds Next();
  void Reset();  // the coordinator works again

 private:
  RandomSource random_;
  std::chrono::milliseconds ceiling_;
};

}  // namespace fleet::agent
