#pragma once

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "agent/link/transport.h"
#include "common/mutex.h"

namespace fleet::agent {

// Hears what a transport tells, on the strand, for a test that waits on another thread.
class RecordingEvents final : public TransportEvents {
 public:
  void OnMessage(StreamNumber stream, const v1::CoordinatorMessage& message) override {
    MutexLock lock(mu_);
    messages_.emplace_back(stream, message);
    heard_.notify_all();
  }
  void OnClosed(StreamNumber stream, const absl::Status& why) override {
    MutexLock lock(mu_);
    closed_.emplace(stream, why);
    heard_.notify_all();
  }
  // The messages so far, once there are as many; fewer when they do not come in ten seconds.
  std::vector<std::pair<StreamNumber, v1::CoordinatorMessage>> WaitForMessages(std::size_t count) {
    MutexLock lock(mu_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (messages_.size() < count && heard_.wait_until(mu_, until) == std::cv_status::no_timeout) {
    }
    return messages_;
  }
  // How the stream ended; OK as well when it has not in ten seconds.
  absl::Status WaitForEnd(StreamNumber stream) {
    MutexLock lock(mu_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!closed_.contains(stream) && heard_.wait_until(mu_, until) == std::cv_status::no_timeout) {
    }
    const auto at = closed_.find(stream);
    return at == closed_.end() ? absl::OkStatus() : at->second;
  }
  std::size_t ends() {
    MutexLock lock(mu_);
    return closed_.size();
  }

 private:
  Mutex mu_;
  CondVar heard_;
  std::vector<std::pair<StreamNumber, v1::CoordinatorMessage>> messages_ ABSL_GUARDED_BY(mu_);
  std::multimap<StreamNumber, absl::Status> closed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace fleet::agent
