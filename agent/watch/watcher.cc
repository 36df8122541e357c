#include "agent/watch/watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/watch/inotify.h"

namespace fleet::agent {

Watcher::Watcher(WatchSettings settings, WatchPlan plan, const Clock& clock, Executor& executor, OnBatch on_batch)
    : clock_(clock),
      executor_(executor),
      on_batch_(std::move(on_batch)),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this, settings, plan = std::move(plan)]() mutable {
        FolderWatcher folders(settings, std::move(plan), settings.poll_everything ? nullptr : OpenInotify(), clock_);
        Run(folders);
      }) {}

Watcher::~Watcher() {
  Stop();
  close(wake_fd_);
}

void Watcher::Stop() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void Watcher::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof one);
}

void Watcher::Run(FolderWatcher& folders) {
  folders.Start();
  while (!stopping_) {
    folders.Look();
    const bool busy = busy_;
    std::optional<ChangeBatch> batch = busy ? std::nullopt : folders.TakeBatch();
    if (!batch) {
      Wait(folders, busy);
      continue;
    }
    busy_ = true;
    executor_.Post([this, batch = *std::move(batch)]() mutable {
      on_batch_(std::move(batch));
      busy_ = false;
      Wake();
    });
  }
}

// Until events come, something is due, or Wake. Once something is being collected, events wait in the kernel for a
// moment: in a storm the thread wakes twenty times a second, not for each of them.
void Watcher::Wait(const FolderWatcher& folders, bool busy) const {
  constexpr std::int64_t kCollectMs = 50;
  int timeout = -1;
  if (const std::optional<MonoTime> due = folders.due()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - clock_.Mono()).count();
    timeout = static_cast<int>(std::clamp<std::int64_t>(left, busy ? kCollectMs : 0, 60'000));
  }
  const bool collecting = folders.collecting();
  if (collecting) timeout = std::min<int>(timeout, kCollectMs);
  pollfd fds[2] = {{wake_fd_, POLLIN, 0}, {collecting ? -1 : folders.fd(), POLLIN, 0}};  // -1 is ignored
  poll(fds, 2, timeout);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = read(wake_fd_, &count, sizeof count);
}

}  // namespace fleet::agent
