#include "agent/watch/inotify.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/status.h"

namespace fleet::agent {

namespace {

class Inotify final : public WatchSource {
 public:
  explicit Inotify(int fd) : fd_(fd) {}
  ~Inotify() override { close(fd_); }

  // By its descriptor: the very folder that was opened, whatever lies at its path by now.
  absl::StatusOr<int> Add(int folder) override {
    const std::string path = "/proc/self/fd/" + std::to_string(folder);
    const int watch = inotify_add_watch(fd_, path.c_str(), WatchMask() | IN_ONLYDIR | IN_EXCL_UNLINK);
    if (watch < 0) return FromErrno(errno, "cannot watch a folder");
    return watch;
  }

  void Remove(int watch) override { inotify_rm_watch(fd_, watch); }

  std::vector<RawEvent> Read() override {
    std::vector<RawEvent> events;
    alignas(inotify_event) char buffer[64 * 1024];
    // Bounded, so that a storm of events cannot keep the caller from passing them on.
    for (int round = 0; round < 16; ++round) {
      const ssize_t n = read(fd_, buffer, sizeof buffer);
      if (n <= 0) break;
      for (ssize_t at = 0; at < n;) {
        inotify_event head;
        std::memcpy(&head, buffer + at, sizeof head);
        // The name is padded with NULs.
        events.push_back({head.wd, head.mask, head.len > 0 ? std::string(buffer + at + sizeof head) : std::string()});
        at += static_cast<ssize_t>(sizeof head + head.len);
      }
    }
    return events;
  }

  int fd() const override { return fd_; }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<WatchSource> OpenInotify() {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return nullptr;
  return std::make_unique<Inotify>(fd);
}

}  // namespace fleet::agent
