// The user whose data is repaired may be hostile, and the agent may run as root: while it works, another thread keeps
// exchanging folders and files of the store for links to places outside of it.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <thread>

#include "tests/agent/repair/engine_fixture.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

namespace fleet::agent {
namespace {

constexpr char kSecret[] = "what lies outside of the store";
constexpr int kRepairs = 150;

// Exchanges pairs of paths for each other, back and forth, from its begin to its end.
class Racer {
 public:
  explicit Racer(std::vector<std::pair<std::string, std::string>> pairs)
      : pairs_(std::move(pairs)), thread_([this] { Race(); }) {}
  ~Racer() {
    stop_ = true;
    thread_.join();
  }
  int rounds() const { return rounds_; }

 private:
  void Race() {
    while (!stop_) {
      for (const auto& [one, other] : pairs_) Exchange(one, other);
      std::this_thread::yield();
      for (const auto& [one, other] : pairs_) Exchange(one, other);
      ++rounds_;
      // Long enough at times for a repair to get through.
      if (random_() % 8 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random_() % 40'000));
    }
  }
  static void Exchange(const std::string& one, const std::string& other) {
    syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
  }

  const std::vector<std::pair<std::string, std::string>> pairs_;
  std::minstd_rand random_;
  std::atomic<bool> stop_{false};
  std::atomic<int> rounds_{0};
  std::thread thread_;
};

class HostileRace : public EngineTest {
 protected:
  // Outside: a folder for every one of the store that holds a file of every name that a repair looks for.
  HostileRace() {
    for (const char* folder : kFolders) {
      for (const std::string& id : {parent_, first_, second_}) {
        dir_.Write("outside/" + std::string(folder) + "/" + id + ".json", Outside(id));
      }
    }
    dir_.Write("outside/hard.json", Outside(parent_));
    outside_ = TreeText(dir_ / "outside", FileTimes::kIgnore);
  }

  static constexpr const char* kFolders[] = {"info", "sub-sessions", "sub-session-index"};
  static std::string Outside(const std::string& id) { return "[\"" + id + "\", \"" + kSecret + "\"]"; }
  std::string In(const std::string& below) const { return root_ + "/storage/session/" + below; }

  // How many of the agent's own files hold the secret.
  int Leaks() const {
    int leaks = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_ / "state", error)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(stream), {});
      if (bytes.find(kSecret) != std::string::npos) ++leaks;
    }
    return leaks;
  }

  // `pairs`: what is exchanged, and what it is exchanged for, which `arrange` makes anew each time.
  void Race(const std::vector<std::pair<std::string, std::string>>& pairs,
            const std::function<void(const std::string& link, const std::string& inside)>& arrange) {
    int rounds = 0;
    int applied = 0;
    for (int i = 0; i < kRepairs && !HasFailure(); ++i) {
      store_.WriteIndex(parent_, {});
      std::filesystem::remove_all(dir_ / "state");
      for (const auto& [inside, link] : pairs) {
        std::filesystem::remove_all(link);
        arrange(link, inside);
      }
      clock_.Advance(std::chrono::seconds(1));
      {
        const Racer racer(pairs);
        const auto run = Engine().Apply(Targets(), {});
        rounds += racer.rounds();
        if (run.ok() && !run->journal.empty()) ++applied;
      }
      ASSERT_EQ(TreeText(dir_ / "outside", FileTimes::kIgnore), outside_) << "after " << i << " repairs";
      ASSERT_EQ(Leaks(), 0) << "after " << i << " repairs";
    }
    std::cout << "[   race   ] " << kRepairs << " repairs, of which " << applied << " went through, " << rounds
              << " exchanges\n";
  }

  std::string outside_;
};

TEST_F(HostileRace, FoldersBecomeLinksToTheOutside) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const char* folder : kFolders) pairs.emplace_back(In(folder), dir_ / ("link-" + std::string(folder)));
  Race(pairs, [&](const std::string& link, const std::string& inside) {
    std::filesystem::create_symlink(dir_ / ("outside" + inside.substr(inside.rfind('/'))), link);
  });
}

TEST_F(HostileRace, FilesBecomeLinksToTheOutside) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const char* folder : kFolders) {
    pairs.emplace_back(In(std::string(folder) + "/" + parent_ + ".json"), dir_ / ("link-" + std::string(folder)));
  }
  Race(pairs, [&](const std::string& link, const std::string&) {
    std::filesystem::create_symlink(dir_ / ("outside/sub-session-index/" + parent_ + ".json"), link);
  });
}

TEST_F(HostileRace, AFileBecomesAnotherNameOfOneOutside) {
  Race({{In("sub-session-index/" + parent_ + ".json"), dir_ / "hard-link"}}, [&](const std::string& link, const auto&) {
    std::filesystem::create_hard_link(dir_ / "outside/hard.json", link);
  });
}

}  // namespace
}  // namespace fleet::agent
