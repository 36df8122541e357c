#pragma once

#include <map>
#include <utility>

#include "common/executor.h"
#include "tests/support/fake_clock.h"

namespace fleet {

// Runs tasks on the caller's thread, when told, on a fake clock: ten minutes pass in no time and always
// in the same order.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(FakeClock& clock) : clock_(clock) {}

  void Post(Task task) override { Insert(MonoTime::min(), std::move(task)); }
  TimerId PostAt(MonoTime when, Task task) override { return TimerId{Insert(when, std::move(task))}; }
  void Cancel(TimerId id) override {
    for (auto entry = due_.begin(); entry != due_.end(); ++entry) {
      if (entry->first.second != static_cast<std::uint64_t>(id)) continue;
      due_.erase(entry);
      return;
    }
  }
  bool InExecutor() const override { return true; }

  // Runs what is due now, and what that makes due.
  void RunDue() {
    while (!due_.empty() && due_.begin()->first.first <= clock_.Mono()) {
      Task task = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      task();
    }
  }

  // Moves the clock from timer to timer up to `by`.
  void Advance(std::chrono::microseconds by) {
    const MonoTime end = clock_.Mono() + by;
    for (RunDue(); !due_.empty() && due_.begin()->first.first <= end; RunDue()) {
      clock_.Advance(std::chrono::ceil<std::chrono::microseconds>(due_.begin()->first.first - clock_.Mono()));
    }
    clock_.Advance(std::chrono::floor<std::chrono::microseconds>(end - clock_.Mono()));
  }

 private:
  std::uint64_t Insert(MonoTime when, Task task) {
    due_.emplace(std::pair{when, next_}, std::move(task));
    return next_++;
  }

  FakeClock& clock_;
  std::map<std::pair<MonoTime, std::uint64_t>, Task> due_;
  std::uint64_t next_ = 1;
};

}  // namespace fleet
