#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace fleet::agent {

// Runs calls that cannot be interrupted (the system's resolver and user database may ask the network) and waits for
// them no longer than a limit. A call that takes longer goes on in a thread of its own, so it may refer to nothing that
// it does not own. Until it ends no other is begun: a resolver that hangs costs one thread, not one a minute.
// Any thread.
class BoundedCalls {
 public:
  // nullopt: not done within `limit`, or an earlier one still goes on.
  template <typename Result>
  std::optional<Result> Run(std::chrono::milliseconds limit, std::function<Result()> call) {
    if (busy_->exchange(true)) return std::nullopt;
    std::packaged_task<Result()> task([call = std::move(call), busy = busy_] {
      Result result = call();
      busy->store(false);
      return result;
    });
    std::future<Result> result = task.get_future();
    std::thread(std::move(task)).detach();
    if (result.wait_for(limit) != std::future_status::ready) return std::nullopt;
    return result.get();
  }

 private:
  const std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace fleet::agent
