#pragma once

#include <absl/functional/any_invocable.h>

#include <cstdint>

#include "common/clock.h"

namespace fleet {

using Task = absl::AnyInvocable<void()>;
enum class TimerId : std::uint64_t {};

// Runs tasks one at a time, in the order posted. Post never runs the task inline, so a caller's
// iterators and locks are safe. Implementations: Strand, and ManualExecutor of the tests.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void Post(Task task) = 0;                      // any thread
  virtual TimerId PostAt(MonoTime when, Task task) = 0;  // any thread
  virtual void Cancel(TimerId id) = 0;                   // any thread; no effect once it has run
  virtual bool InExecutor() const = 0;                   // for owners to assert
};

}  // namespace fleet
