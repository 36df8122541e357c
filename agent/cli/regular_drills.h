#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "common/clock.h"
#include "common/strand.h"

namespace fleet::agent {

// Acts out the drills of a running agent when they are due, each time in a process of its own behind everything else on
// the machine, which keeps the report in the state folder. In the log are only those that failed.
class RegularDrills {
 public:
  // Not before `after` has passed.
  RegularDrills(const Clock& clock, std::string state, std::chrono::milliseconds after);
  ~RegularDrills() { Stop(); }

  // A drill that is under way is given up; nothing of it stays. Waits for that.
  void Stop();

 private:
  void Plan();
  void LookWhetherDue();
  void Run(bool full);

  const Clock& clock_;
  const std::string state_;
  const std::int64_t earliest_ms_;
  std::atomic<bool> stop_ = false;
  Strand strand_;  // last: it uses all of the above
};

}  // namespace fleet::agent
