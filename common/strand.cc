#include "common/strand.h"

namespace fleet {

namespace {
// Posted tasks sort before every timer, in the order posted.
constexpr MonoTime kNow = MonoTime::min();
}  // namespace

Strand::Strand() : thread_([this] { Run(); }) {}

Strand::~Strand() { Stop(); }

void Strand::Post(Task task) { PostAt(kNow, std::move(task)); }

TimerId Strand::PostAt(MonoTime when, Task task) {
  MutexLock lock(mu_);
  const std::uint64_t id = next_++;
  if (stopping_) return TimerId{id};
  due_.emplace(Key{when, id}, std::move(task));
  if (when != kNow) timers_.emplace(id, when);
  wake_.notify_one();
  return TimerId{id};
}

void Strand::Cancel(TimerId id) {
  Task dropped;  // destroyed after the lock: what it holds may call back
  MutexLock lock(mu_);
  const auto timer = timers_.find(static_cast<std::uint64_t>(id));
  if (timer == timers_.end()) return;
  const auto entry = due_.find(Key{timer->second, timer->first});
  if (entry != due_.end()) {
    dropped = std::move(entry->second);
    due_.erase(entry);
  }
  timers_.erase(timer);
}

bool Strand::InExecutor() const { return std::this_thread::get_id() == thread_.get_id(); }

void Strand::Stop() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Strand::Run() {
  for (;;) {
    Task task;
    {
      MutexLock lock(mu_);
      for (;;) {
        if (due_.empty()) {
          if (stopping_) return;
          wake_.wait(mu_);
          continue;
        }
        const MonoTime when = due_.begin()->first.first;
        if (when <= std::chrono::steady_clock::now()) break;
        if (stopping_) return;
        wake_.wait_until(mu_, when);
      }
      timers_.erase(due_.begin()->first.second);
      task = std::move(due_.begin()->second);
      due_.erase(due_.begin());
    }
    task();
  }
}

}  // namespace fleet
