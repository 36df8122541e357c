#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "tests/support/manual_executor.h"

namespace fleet {

// The executor of one simulated process: when the process is killed, what it had planned never happens.
class ProcessExecutor final : public Executor {
 public:
  explicit ProcessExecutor(ManualExecutor& world) : world_(world) {}
  ~ProcessExecutor() override { Kill(); }

  void Post(Task task) override { world_.Post(Guarded(std::move(task))); }
  TimerId PostAt(MonoTime when, Task task) override { return world_.PostAt(when, Guarded(std::move(task))); }
  void Cancel(TimerId id) override { world_.Cancel(id); }
  bool InExecutor() const override { return true; }
  void Kill() { *alive_ = false; }

 private:
  Task Guarded(Task task) {
    return [alive = alive_, task = std::move(task)]() mutable {
      if (*alive) task();
    };
  }

  ManualExecutor& world_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// A worker that takes its time for each task.
class SlowExecutor final : public Executor {
 public:
  SlowExecutor(ProcessExecutor& process, FakeClock& clock, std::function<std::chrono::milliseconds()> duration)
      : process_(process), clock_(clock), duration_(std::move(duration)) {}
  void Post(Task task) override { process_.PostAt(clock_.Mono() + duration_(), std::move(task)); }
  TimerId PostAt(MonoTime when, Task task) override { return process_.PostAt(when, std::move(task)); }
  void Cancel(TimerId id) override { process_.Cancel(id); }
  bool InExecutor() const override { return true; }

 private:
  ProcessExecutor& process_;
  FakeClock& clock_;
  std::function<std::chrono::milliseconds()> duration_;
};

}  // namespace fleet
