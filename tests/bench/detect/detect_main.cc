#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "agent/cli/local_workstation.h"
#include "agent/link/agent.h"
#include "agent/store/find_roots.h"
#include "agent/watch/watcher.h"
#include "common/strand.h"
#include "tests/agent/link/memory_command_store.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

// How long it takes from the write that damages a file to the report that leaves for the coordinator: the agent as it
// runs, with its watcher, but with a transport that only notes. Prints figures; judges nothing.
// usage: detect_bench [FAULTS] [SESSIONS]

namespace fleet::agent {
namespace {

using Clock_ = std::chrono::steady_clock;

// Acknowledges everything, and notes when a path was first reported.
class NotingTransport final : public Transport {
 public:
  explicit NotingTransport(Strand& strand) : strand_(strand) {}
  void Attach(Agent& agent) { agent_ = &agent; }
  void Open(StreamNumber stream) override {
    v1::CoordinatorMessage welcome;
    welcome.mutable_welcome()->set_heartbeat_interval_ms(600'000);
    Hear(stream, welcome);
  }
  void Send(StreamNumber stream, v1::AgentMessage message) override {
    if (!message.has_report()) return;
    {
      const std::lock_guard lock(mu_);
      for (const auto& finding : message.report().found()) reported_[finding.path()] = Clock_::now();
      ++reports_;
    }
    v1::CoordinatorMessage answer;
    answer.mutable_report_ack()->set_sequence(message.report().sequence());
    Hear(stream, answer);
  }
  void Close(StreamNumber) override {}

  std::optional<Clock_::time_point> Reported(const std::string& path) {
    const std::lock_guard lock(mu_);
    const auto entry = reported_.find(path);
    return entry == reported_.end() ? std::nullopt : std::optional(entry->second);
  }
  int reports() {
    const std::lock_guard lock(mu_);
    return reports_;
  }

 private:
  void Hear(StreamNumber stream, const v1::CoordinatorMessage& message) {
    strand_.Post([this, stream, message] { agent_->OnMessage(stream, message); });
  }

  Strand& strand_;
  Agent* agent_ = nullptr;
  std::mutex mu_;
  std::map<std::string, Clock_::time_point> reported_;
  int reports_ = 0;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Run(int faults, int sessions) {
  const TempDir dir;
  StoreWriter store = StoreWriter::Program(dir / "home");
  std::vector<std::string> messages;
  for (int i = 0; i < sessions; ++i) {
    const std::string session = store.AddSession("A session");
    store.AddQuestion(session, "Please look.");
    messages.push_back(store.MessagePath(session, store.AddAnswer(session, "Looked.")));
  }
  const SystemClock clock;
  const Target target{{}, *ResolveRoot(store.path())};
  DirectProbeRunner probes;
  LocalWorkstation workstation(clock, {target}, dir / "state", {}, probes);
  Strand strand;
  Strand worker;
  MemoryCommandStore commands;
  NotingTransport transport(strand);
  AgentSettings settings;
  settings.random = [] { return 0.5; };
  Agent agent(std::move(settings), {strand, worker, clock, workstation, commands});
  transport.Attach(agent);
  Watcher watcher({}, WatchPlan::Of({target}, false), clock, strand, [&](ChangeBatch batch) {
    agent.OnChanged({.everything = false, .stores = batch.rescan, .changed = std::move(batch.paths)});
  });
  strand.Post([&] { agent.Start({}, &transport); });
  while (transport.reports() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // the first look round is over

  std::mt19937 random(1);
  std::vector<double> latencies;
  const double cpu = CpuSeconds();
  const auto begin = Clock_::now();
  for (int i = 0; i < faults; ++i) {
    const std::string path = messages[static_cast<std::size_t>(i) % messages.size()];
    const auto written = Clock_::now();
    const std::string absolute = store.AsRoot().path + "/" + path;
    std::filesystem::resize_file(absolute, 40);
    std::optional<Clock_::time_point> reported;
    while (!(reported = transport.Reported(absolute)) && Clock_::now() - written < std::chrono::seconds(20)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (!reported) {
      std::cout << "fault " << i << " was not reported within 20 s\n";
      continue;
    }
    latencies.push_back(std::chrono::duration<double, std::milli>(*reported - written).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 700));
  }
  const double wall = std::chrono::duration<double>(Clock_::now() - begin).count();
  watcher.Stop();
  std::promise<void> stopped;
  strand.Post([&] { agent.Stop([&] { stopped.set_value(); }); });
  stopped.get_future().wait();
  worker.Stop();
  strand.Stop();
  std::sort(latencies.begin(), latencies.end());
  if (latencies.empty()) return;
  const auto at = [&](double part) {
    return latencies[std::min(latencies.size() - 1,
                              static_cast<std::size_t>(part * static_cast<double>(latencies.size())))];
  };
  std::cout << latencies.size() << " of " << faults << " faults reported, " << sessions << " sessions\n"
            << "write to report: p50 " << at(0.5) << " ms, p99 " << at(0.99) << " ms, max " << latencies.back()
            << " ms\n"
            << "agent and writer used " << (CpuSeconds() - cpu) / wall * 100 << " % of a core meanwhile\n";
}

}  // namespace
}  // namespace fleet::agent

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  fleet::agent::Run(argc > 1 ? std::atoi(argv[1]) : 200, argc > 2 ? std::atoi(argv[2]) : 300);
  return 0;
}
