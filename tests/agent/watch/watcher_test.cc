#include "agent/watch/watcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "agent/store/find_roots.h"
#include "common/strand.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

class WatcherTest : public testing::TestWithParam<bool> {
 protected:
  WatcherTest() : store_(StoreWriter::Program(dir_ / "home")) {}
  ~WatcherTest() override {
    if (watcher_) watcher_->Stop();
    strand_.Stop();  // with what the watcher has posted, before it goes
  }
  void Start() {
    WatchSettings settings;
    settings.poll_everything = GetParam();
    settings.poll_interval = std::chrono::milliseconds(50);
    settings.debounce = std::chrono::milliseconds(20);
    const Target target{{}, {store_.AsRoot()}};
    watcher_ = std::make_unique<Watcher>(settings, WatchPlan::Of({target}, false), clock_, strand_,
                                         [this](const ChangeBatch& batch) {
                                           const std::lock_guard lock(mu_);
                                           ++batches_;
                                           seen_.insert(batch.paths.begin(), batch.paths.end());
                                           changed_.notify_all();
                                         });
    WaitFor([&] { return batches_ > 0; });
  }
  template <class Condition>
  bool WaitFor(Condition condition) {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, std::chrono::seconds(20), condition);
  }

  const TempDir dir_;
  StoreWriter store_;
  SystemClock clock_;
  Strand strand_;
  std::mutex mu_;
  std::condition_variable changed_;
  int batches_ = 0;
  std::set<std::string> seen_;
  std::unique_ptr<Watcher> watcher_;
};
INSTANTIATE_TEST_SUITE_P(Ways, WatcherTest, testing::Bool(),
                         [](const auto& way) { return way.param ? "Polling" : "Events"; });

TEST_P(WatcherTest, TellsOnTheExecutorWhatChanges) {
  Start();
  store_.AddSession("New");
  const std::string folder = store_.AsRoot().path + "/storage/session/info";
  EXPECT_TRUE(WaitFor([&] {
    return std::any_of(seen_.begin(), seen_.end(), [&](const std::string& path) { return path.starts_with(folder); });
  }));
}

TEST_P(WatcherTest, EndsWhileChangesCome) {
  Start();
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) store_.AddSession("New");
  });
  const int before = [&] {
    const std::lock_guard lock(mu_);
    return batches_;
  }();
  EXPECT_TRUE(WaitFor([&] { return batches_ > before + 2; }));
  watcher_->Stop();
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace fleet::agent
