#include "agent/link/backoff.h"

#include <algorithm>
#include <utility>

namespace fleet::agent {

Backoff::Backoff(RandomSource random) : random_(std::move(random)), ceiling_(2 * kFloor) {}

std::chrono::milliseconds Backoff::Next() {
  const double share = std::clamp(random_(), 0.0, 1.0);
  const auto span = static_cast<double>((ceiling_ - kFloor).count());
  ceiling_ = std::min(2 * ceiling_, kCeiling);
  return kFloor + std::chrono::milliseconds(static_cast<std::int64_t>(span * share));
}

void Backoff::Reset() { ceiling_ = 2 * kFloor; }

}  // namespace fleet::agent
