// How long `dgmo-agent check` takes, whole and quick, on a large store:
//   check_bench [--keep DIR]
// Writes 10,000 sessions with 100,000 messages to a temporary folder (or DIR, where a later run finds them again).
// Asserts nothing.

#include <cstdio>
#include <cstring>
#include <filesystem>

#include "tests/bench/bench_store.h"
#include "tests/bench/measure.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

void Time(const char* what, const std::string& home, const std::vector<std::string>& more) {
  std::vector<std::string> argv = {FLEET_AGENT_PROGRAM, "check", "--home", home};
  argv.insert(argv.end(), more.begin(), more.end());
  RunProgram(argv);  // warm
  Finished finished;
  const Cost cost = Best(3, [&] { finished = RunProgram(argv); });
  std::printf("  %-14s %.2f s, exit code %d\n", what, cost.seconds, finished.exit_code);
  if (finished.out.size() < 2'000) std::printf("%s%s", finished.out.c_str(), finished.err.c_str());
}

void Run(const std::string& home) {
  const BenchShape shape{10'000, 100'000, 5'000, 20'000};
  if (!std::filesystem::exists(home)) WriteBenchStore(home, shape);
  std::printf("%ld sessions, %ld messages, %ld records, warm\n", static_cast<long>(shape.sessions),
              static_cast<long>(shape.messages), static_cast<long>(shape.records));
  Time("check --quick", home, {"--quick"});
  Time("check", home, {});
  Time("check --json", home, {"--json"});
}

}  // namespace
}  // namespace fleet::agent

int main(int argc, char** argv) {
  const fleet::TempDir temporary;
  const bool keeps = argc == 3 && std::strcmp(argv[1], "--keep") == 0;
  fleet::agent::Run((keeps ? std::string(argv[2]) : temporary.path()) + "/large");
}
