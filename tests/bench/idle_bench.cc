// What the agent takes of a machine at rest, against a bare gRPC client with one idle stream:
//   idle_bench [--seconds N] [--settle N] [--sessions N] [--alone]
// Both are connected to a coordinator of this build; the agent looks after a small store. With --alone there is neither
// coordinator nor client. Asserts nothing.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/bench/bench_store.h"
#include "tests/bench/measure.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

struct Options {
  int seconds = 300;
  int settle = 90;  // until the agent has looked at the store more than once
  int sessions = 200;
  bool alone = false;
};

void Print(const char* name, const Memory& memory, double cpu, int seconds) {
  std::printf("  %-12s RSS %6.1f MiB, PSS %6.1f MiB, own %6.1f MiB, %ld threads; %.2f s of a core in %d s: %.3f %%\n",
              name, static_cast<double>(memory.resident) / 1024, static_cast<double>(memory.proportional) / 1024,
              static_cast<double>(memory.own) / 1024, static_cast<long>(memory.threads), cpu, seconds,
              100 * cpu / seconds);
}

std::string StartCoordinator(const TempDir& dir, Process& coordinator) {
  const std::string ready = dir / "address";
  Process::Options options;
  options.output = dir / "coordinator.log";
  coordinator = Process({FLEET_COORDINATOR_PROGRAM, "serve", "--listen", "127.0.0.1:0", "--store",
                         "sqlite:" + (dir / "coordinator.db"), "--ready-file", ready},
                        options);
  if (!Eventually([&] { return std::filesystem::exists(ready); })) {
    std::fprintf(stderr, "%s", ReadFile(options.output).c_str());
    std::exit(1);
  }
  std::string address = ReadFile(ready);
  while (!address.empty() && address.back() == '\n') address.pop_back();
  return address;
}

void Run(const Options& options) {
  const TempDir dir;
  WriteBenchStore(dir / "home", {options.sessions, options.sessions * 10, options.sessions / 4, 20'000});
  Process coordinator;
  Process client;
  std::vector<std::string> argv = {FLEET_AGENT_PROGRAM, "run", "--home", dir / "home", "--state", dir / "state"};
  if (!options.alone) {
    const std::string address = StartCoordinator(dir, coordinator);
    client = Process({FLEET_BARE_CLIENT_PROGRAM, address}, {});
    argv.insert(argv.end(), {"--coordinator", address});
  }
  Process::Options log;
  log.output = dir / "agent.log";
  Process agent(argv, log);
  std::this_thread::sleep_for(std::chrono::seconds(options.settle));
  const double agent_cpu = CpuSecondsOf(agent.pid());
  const double client_cpu = options.alone ? 0 : CpuSecondsOf(client.pid());
  std::this_thread::sleep_for(std::chrono::seconds(options.seconds));
  const Memory agent_memory = MemoryOf(agent.pid());
  std::printf("at rest, a store of %d sessions with %d messages\n", options.sessions, options.sessions * 10);
  Print("dgmo-agent", agent_memory, CpuSecondsOf(agent.pid()) - agent_cpu, options.seconds);
  if (!options.alone) {
    const Memory bare = MemoryOf(client.pid());
    Print("bare client", bare, CpuSecondsOf(client.pid()) - client_cpu, options.seconds);
    std::printf("  ratio        RSS %.2f, PSS %.2f, own %.2f\n",
                static_cast<double>(agent_memory.resident) / static_cast<double>(bare.resident),
                static_cast<double>(agent_memory.proportional) / static_cast<double>(bare.proportional),
                static_cast<double>(agent_memory.own) / static_cast<double>(bare.own));
  }
  std::printf("  the agent's most: %.1f MiB\n", static_cast<double>(agent_memory.peak) / 1024);
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const auto number = [&](const char* name, int& value) {
      if (std::strcmp(argv[i], name) == 0 && i + 1 < argc) value = std::atoi(argv[++i]);
    };
    if (std::strcmp(argv[i], "--alone") == 0) options.alone = true;
    number("--seconds", options.seconds);
    number("--settle", options.settle);
    number("--sessions", options.sessions);
  }
  return options;
}

}  // namespace
}  // namespace fleet::agent

int main(int argc, char** argv) { fleet::agent::Run(fleet::agent::Parse(argc, argv)); }
