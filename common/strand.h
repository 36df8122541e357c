#pragma once

#include <map>
#include <thread>
#include <utility>

#include "common/executor.h"
#include "common/mutex.h"

namespace fleet {

// An Executor on a thread of its own. Stop() (or the destructor) runs what is due, drops the rest of
// the timers and joins; it must not be called from the strand itself.
class Strand final : public Executor {
 public:
  Strand();
  ~Strand() override;
  void Post(Task task) override;
  TimerId PostAt(MonoTime when, Task task) override;
  void Cancel(TimerId id) override;
  bool InExecutor() const override;
  void Stop();

 private:
  using Key = std::pair<MonoTime, std::uint64_t>;
  void Run();

  Mutex mu_;
  CondVar wake_;
  std::map<Key, Task> due_ ABSL_GUARDED_BY(mu_);
  std::map<std::uint64_t, MonoTime> timers_ ABSL_GUARDED_BY(mu_);
  std::uint64_t next_ ABSL_GUARDED_BY(mu_) = 1;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace fleet
