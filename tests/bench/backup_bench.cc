// How long backups and restores take of 10,000 sessions with 100 MB of data:
//   backup_bench [--keep DIR]
// A full backup, one after a hundred changes, one of an unchanged store, verification, and a restore into an empty
// home. Writes to a temporary folder (or DIR, where a later run finds the store again). Asserts nothing.

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/bench/bench_store.h"
#include "tests/bench/measure.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

nlohmann::json Time(const char* what, const std::vector<std::string>& argv) {
  Finished finished;
  const Cost cost = Measure([&] { finished = RunProgram(argv); });
  std::printf("  %-28s %6.2f s, exit code %d\n", what, cost.seconds, finished.exit_code);
  if (finished.exit_code != 0) std::printf("%s%s", finished.out.substr(0, 2'000).c_str(), finished.err.c_str());
  return nlohmann::json::parse(finished.out, nullptr, false);
}

void ChangeSome(const std::string& root) {
  int changed = 0;
  for (const auto& entry : fs::directory_iterator(root + "/storage/session/info")) {
    if (++changed > 100) break;
    std::ofstream(entry.path(), std::ios::app) << ' ';
  }
}

void Run(const std::string& folder) {
  const BenchShape shape{10'000, 20'000, 5'000, 8'000};
  const std::string home = folder + "/home";
  const std::string state = folder + "/state";
  if (!fs::exists(home)) WriteBenchStore(home, shape);
  fs::remove_all(home + "/backups");
  const std::string agent = FLEET_AGENT_PROGRAM;
  const std::vector<std::string> backup = {agent, "backup", "--json", "--home", home, "--state", state};
  const nlohmann::json full = Time("backup, full", backup);
  const nlohmann::json first = full["backups"][0];
  std::printf("    %ld files, %.1f MB, packed %.1f MB\n", static_cast<long>(first.value("files", 0)),
              static_cast<double>(first.value("bytes", std::int64_t{0})) / 1e6,
              static_cast<double>(first.value("archive_bytes", std::int64_t{0})) / 1e6);
  Time("backup, nothing changed", backup);
  ChangeSome(BenchRoot(home));
  Time("backup, 100 files changed", backup);
  Time("verify-backup --level full", {agent, "verify-backup", "--json", "--level", "full", first.value("archive", "")});
  const std::string other = folder + "/other";
  fs::remove_all(other);
  fs::create_directories(other);
  Time("restore into an empty home", {agent, "restore", "--json", "--home", other, "--state", folder + "/state2",
                                      "--folder", home + "/backups/sessions"});
  Time("restore, nothing to do", {agent, "restore", "--json", "--home", other, "--state", folder + "/state2",
                                  "--folder", home + "/backups/sessions"});
  fs::remove_all(other);
  fs::remove_all(folder + "/state2");
}

}  // namespace
}  // namespace fleet::agent

int main(int argc, char** argv) {
  const fleet::TempDir temporary;
  const bool keeps = argc == 3 && std::strcmp(argv[1], "--keep") == 0;
  fleet::agent::Run(keeps ? std::string(argv[2]) : temporary.path());
}
