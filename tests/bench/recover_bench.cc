// How long it takes from a fault to its verified repair on a large store, for each class of fault that this version
// repairs in files: looking, planning, backing up, changing and looking again.
//   recover_bench [SESSIONS [ROUNDS]]
// Writes the sessions (10,000) with ten messages each to a temporary folder; breaks and repairs it so many times (5)
// for each fault. What is not repaired is said. Asserts nothing.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <vector>

#include "agent/repair/engine.h"
#include "agent/store/find_roots.h"
#include "tests/bench/bench_store.h"
#include "tests/fault/faults.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

// Seconds; below 0: it was not repaired.
double RepairSeconds(RepairEngine& engine, const std::vector<Target>& targets) {
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<RepairRun> run = engine.Apply(targets, {});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return run.ok() && run->Complete() && !run->results.empty() ? seconds : -1;
}

RepairEngine EngineWith(const std::string& state, const Clock& clock) {
  RepairEngine::Options options;
  options.state = state;
  options.pause = [](std::chrono::milliseconds) {};
  return {clock, std::move(options)};
}

// Tried on a small store, because what nothing repairs, and what takes everything with it, would stay in the large one.
bool CanBeMended(const std::string& fault) {
  const TempDir dir;
  WriteBenchStore(dir / "home", {20, 200, 10, 2'000});
  const absl::StatusOr<Injected> injected = InjectFault(dir / "home", fault, 0);
  if (!injected.ok() || !injected->repairable) return false;
  const SystemClock clock;
  RepairEngine engine = EngineWith(dir / "state", clock);
  if (RepairSeconds(engine, {{HomeAt(dir / "home", false).value(), {}}}) < 0) return false;
  const std::filesystem::directory_iterator infos(BenchRoot(dir / "home") + "/storage/session/info");
  return std::distance(infos, {}) > 10;
}

void Time(const std::string& home, const std::string& state, const std::string& fault, int rounds) {
  const SystemClock clock;
  RepairEngine engine = EngineWith(state, clock);
  const std::vector<Target> targets = {{HomeAt(home, false).value(), {}}};
  std::vector<double> seconds;
  int failed = 0;
  std::string code;
  for (int round = 0; round < rounds; ++round) {
    const absl::StatusOr<Injected> injected = InjectFault(home, fault, static_cast<unsigned>(round));
    if (!injected.ok()) {
      std::printf("  %-28s left out: %s\n", fault.c_str(), std::string(injected.status().message()).c_str());
      return;
    }
    code = injected->code;
    const double took = RepairSeconds(engine, targets);
    if (took < 0) {
      ++failed;
    } else {
      seconds.push_back(took);
    }
  }
  std::sort(seconds.begin(), seconds.end());
  if (seconds.empty()) {
    std::printf("  %-28s %-28s not repaired\n", fault.c_str(), code.c_str());
    return;
  }
  const auto at = [&](double part) {
    return seconds[std::min(seconds.size() - 1, static_cast<std::size_t>(part * static_cast<double>(seconds.size())))];
  };
  std::printf("  %-28s %-28s median %.2f s, p99 %.2f s", fault.c_str(), code.c_str(), at(0.5), at(0.99));
  if (failed > 0) std::printf(", %d of %d not repaired", failed, rounds);
  std::printf("\n");
  std::fflush(stdout);
}

void Run(int sessions, int rounds) {
  const TempDir dir;
  WriteBenchStore(dir / "home", {sessions, sessions * 10, sessions / 2, 2'000});
  std::printf("from a fault to its verified repair, %d sessions, %d rounds\n", sessions, rounds);
  for (const FaultDescription& fault : AllFaults()) {
    if (CanBeMended(fault.name)) {
      Time(dir / "home", dir / "state", fault.name, rounds);
    } else {
      std::printf("  %-28s is not mended without consent, or not wholly\n", fault.name.c_str());
    }
  }
}

}  // namespace
}  // namespace fleet::agent

int main(int argc, char** argv) {
  fleet::agent::Run(argc > 1 ? std::atoi(argv[1]) : 10'000, argc > 2 ? std::atoi(argv[2]) : 5);
}
