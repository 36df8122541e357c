// How fast a store is scanned, and in how much memory, against the least that reading it can cost:
//   scan_bench [--huge] [--warm] [--keep DIR]
// --huge adds a million messages; --warm leaves the kernel's caches alone.
// Writes stores to a temporary folder (or DIR, where a later run finds them again), reads them warm and cold, and
// prints figures and ratios. Asserts nothing.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "agent/checks/check.h"
#include "agent/store/scan.h"
#include "tests/bench/bare_reader.h"
#include "tests/bench/bench_store.h"
#include "tests/bench/measure.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

constexpr int kRuns = 3;
constexpr std::int64_t kSample = 2'000;  // files that other programs are given

struct Rates {
  double files = 0;
  double bytes = 0;
  Cost cost;
};

void Print(const char* what, const Rates& rates, const Rates* yardstick) {
  std::printf("  %-28s %9.0f files/s %8.1f MB/s  (%.2f s, %.2f s of a core)", what, rates.files / rates.cost.seconds,
              rates.bytes / rates.cost.seconds / 1e6, rates.cost.seconds, rates.cost.cpu);
  if (yardstick != nullptr) {
    const double ratio = rates.files / rates.cost.cpu / (yardstick->files / yardstick->cost.cpu);
    std::printf("  %.2f of the bare loop's files per second of a core", ratio);
  }
  std::printf("\n");
}

RootModel Scan(const std::string& home) {
  Root root;
  root.path = BenchRoot(home);
  root.app = "dgmo";
  absl::StatusOr<RootModel> model = ScanRoot(root);
  if (model.ok()) return *std::move(model);
  std::fprintf(stderr, "%s\n", model.status().ToString().c_str());
  std::exit(1);
}

// In a process of its own, so that the peak is the scan's: "scan_bench --once HOME".
int ScanOnce(const std::string& home) {
  const std::int64_t before = MemoryOf(getpid()).resident;
  RootModel model;
  const Cost scan = Measure([&] { model = Scan(home); });
  const std::int64_t after_scan = MemoryOf(getpid()).peak;
  HomeModel whole;
  whole.home.path = home;
  whole.roots.push_back(std::move(model));
  std::size_t findings = 0;
  const Cost check = Measure([&] { findings = CheckHome(whole, 1'790'000'000'000).size(); });
  std::printf(
      "  %-28s %.1f MB at most (%.1f MB before it), with all checks %.1f MB; the checks take %.2f s (%zu findings)\n",
      "memory", static_cast<double>(after_scan) / 1024, static_cast<double>(before) / 1024,
      static_cast<double>(MemoryOf(getpid()).peak) / 1024, check.seconds, findings);
  return scan.seconds > 0 ? 0 : 1;
}

// Another program on a sample of the same files; rates of that sample.
void PrintOther(const char* what, std::vector<std::string> argv, const std::vector<std::string>& paths,
                const Rates& scan) {
  const bool is_there = RunProgram({argv[0], "--version"}).exit_code == 0;
  if (!is_there) {
    std::printf("  %-28s skipped: not installed\n", what);
    return;
  }
  argv.insert(argv.end(), paths.begin(), paths.end());
  Rates rates;
  for (const std::string& path : paths) rates.bytes += static_cast<double>(std::filesystem::file_size(path));
  rates.files = static_cast<double>(paths.size());
  rates.cost = Measure([&] { RunProgram(argv); });
  std::printf("  %-28s %9.0f files/s %8.1f MB/s  (%zu files, its start included); the scan is %.1f times as fast\n",
              what, rates.files / rates.cost.seconds, rates.bytes / rates.cost.seconds / 1e6, paths.size(),
              scan.files / scan.cost.seconds / (rates.files / rates.cost.seconds));
}

bool DropCaches() {
  sync();
  std::ofstream file("/proc/sys/vm/drop_caches");
  file << "3" << std::flush;
  return file.good();
}

void PrintCold(const std::string& home, BareReader& bare) {
  const auto chill = [&] {
    if (DropCaches()) return "cold, caches dropped";
    bare.Forget();
    return "cold, files dropped";
  };
  Rates loop{static_cast<double>(bare.files()), static_cast<double>(bare.bytes()), {}};
  const char* how = chill();
  loop.cost = Measure([&] { bare.ReadAll(); });
  Print((std::string(how) + ": bare").c_str(), loop, nullptr);
  how = chill();
  Rates scan = loop;
  scan.cost = Measure([&] { Scan(home); });
  Print((std::string(how) + ": scan").c_str(), scan, nullptr);
}

void Run(const std::string& home, const BenchShape& shape, bool others, bool warm_only) {
  std::printf("%ld sessions, %ld messages, %ld records; prompts of %ld bytes\n", shape.sessions, shape.messages,
              shape.records, shape.prompt_bytes);
  if (!std::filesystem::exists(home)) WriteBenchStore(home, shape);
  BareReader bare(BenchRoot(home));
  bare.ReadAll();  // warm
  Rates loop{static_cast<double>(bare.files()), static_cast<double>(bare.bytes()), {}};
  loop.cost = Best(kRuns, [&] { bare.ReadAll(); });
  Print("open, read, close", loop, nullptr);
  Rates listed = loop;
  listed.cost = Best(kRuns, [&] { bare.ListAndReadAll(BenchRoot(home)); });
  Print("the same, with the listing", listed, &loop);
  Rates scan = loop;
  scan.cost = Best(kRuns, [&] { Scan(home); });
  Print("scan", scan, &loop);
  Print("scan", scan, &listed);
  std::fflush(stdout);
  std::printf("%s", RunProgram({"/proc/self/exe", "--once", home}).out.c_str());
  if (others) {
    const std::vector<std::string> paths = bare.Paths(std::max<std::int64_t>(1, bare.files() / kSample));
    PrintOther("jq empty", {"jq", "empty"}, paths, scan);
    PrintOther(
        "node JSON.parse",
        {"node", "-e", "for (const f of process.argv.slice(1)) JSON.parse(require('fs').readFileSync(f,'utf8'))"},
        paths, scan);
  }
  if (!warm_only) PrintCold(home, bare);
  std::fflush(stdout);
}

int Main(int argc, char** argv) {
  bool huge = false;
  bool warm_only = false;
  std::string keep;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--once") == 0 && i + 1 < argc) return ScanOnce(argv[i + 1]);
    if (std::strcmp(argv[i], "--huge") == 0) huge = true;
    if (std::strcmp(argv[i], "--warm") == 0) warm_only = true;
    if (std::strcmp(argv[i], "--keep") == 0 && i + 1 < argc) keep = argv[++i];
  }
  const TempDir temporary;
  const std::string folder = keep.empty() ? temporary.path() : keep;
  Run(folder + "/large", {10'000, 100'000, 5'000, 20'000}, true, warm_only);
  // Smaller messages than real ones, so that a million of them fit the disk and the minute: 4 GB instead of 14.
  if (huge) Run(folder + "/huge", {10'000, 1'000'000, 5'000, 400}, false, warm_only);
  return 0;
}

}  // namespace
}  // namespace fleet::agent

int main(int argc, char** argv) { return fleet::agent::Main(argc, argv); }
