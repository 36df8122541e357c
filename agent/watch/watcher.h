#pragma once

#include <absl/functional/any_invocable.h>

#include <atomic>
#include <thread>

#include "agent/watch/folder_watcher.h"
#include "common/executor.h"

namespace fleet::agent {

// A FolderWatcher on a thread of its own, which owns the descriptors. `on_batch` runs on the executor, one batch at a
// time: while one is being dealt with, changes collect. The executor, the clock and what the callback uses outlive the
// watcher, and the executor has nothing of it left to run when it is destroyed (stop the executor first, or destroy the
// watcher on it).
class Watcher {
 public:
  using OnBatch = absl::AnyInvocable<void(ChangeBatch)>;
  Watcher(WatchSettings settings, WatchPlan plan, const Clock& clock, Executor& executor, OnBatch on_batch);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Ends the thread; no batch is posted any more. Any thread but the executor's callback.
  void Stop();

 private:
  void Run(FolderWatcher& folders);
  void Wait(const FolderWatcher& folders, bool busy) const;
  void Wake() const;

  const Clock& clock_;
  Executor& executor_;
  OnBatch on_batch_;  // on the executor
  const int wake_fd_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> busy_ = false;  // a batch is posted and not dealt with
  std::thread thread_;              // last: it uses all of the above
};

}  // namespace fleet::agent
