#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace fleet {

// Seeded luck: the same seed gives the same run.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  double Share() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
  bool Happens(double share) { return Share() < share; }
  std::chrono::milliseconds Between(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(engine_));
  }
  int Below(int count) { return std::uniform_int_distribution<int>(0, count - 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace fleet
