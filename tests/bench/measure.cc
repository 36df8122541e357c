#include "tests/bench/measure.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace fleet::agent {

namespace {

double OwnCpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The number after "Name:" in a file of such lines.
std::int64_t Field(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::strtoll(line.c_str() + name.size() + 1, nullptr, 10);
  }
  return 0;
}

}  // namespace

Cost Measure(const std::function<void()>& run) {
  const double cpu = OwnCpu();
  const auto begin = std::chrono::steady_clock::now();
  run();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), OwnCpu() - cpu};
}

Cost Best(int runs, const std::function<void()>& run) {
  Cost best = Measure(run);
  for (int i = 1; i < runs; ++i) {
    const Cost cost = Measure(run);
    if (cost.cpu < best.cpu) best = cost;
  }
  return best;
}

Memory MemoryOf(int pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  Memory memory;
  memory.resident = Field(process + "/status", "VmRSS");
  memory.peak = Field(process + "/status", "VmHWM");
  memory.threads = Field(process + "/status", "Threads");
  memory.proportional = Field(process + "/smaps_rollup", "Pss");
  memory.own = Field(process + "/smaps_rollup", "Private_Dirty") + Field(process + "/smaps_rollup", "Private_Clean");
  return memory;
}

double CpuSecondsOf(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // up to utime, the fourteenth field of all
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace fleet::agent
