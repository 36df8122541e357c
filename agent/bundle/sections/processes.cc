#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "agent/bundle/sections/sections.h"
#include "agent/bundle/sections/small_file.h"
#include "common/terminal.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostProcesses = 500;

struct Process {
  std::string pid;
  std::string_view name;
  std::int64_t uid = 0;
  std::int64_t rss_bytes = 0;
  std::int64_t cpu_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t arguments = 0;
};

// One of the names that count, never the process's own: it may call itself anything.
std::string_view KnownName(const std::string& directory) {
  static constexpr std::array<std::string_view, 5> kNames = {"dgmo", "opencode", "qdrant", "bun", "node"};
  std::string comm = ReadSmallFile(directory + "/comm");
  if (!comm.empty() && comm.back() == '\n') comm.pop_back();
  char buffer[PATH_MAX];
  const ssize_t n = readlink((directory + "/exe").c_str(), buffer, sizeof buffer);
  const std::string exe(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
  const std::string program = exe.substr(exe.rfind('/') + 1);
  for (const std::string_view name : kNames) {
    if (program == name || comm == name) return name;
  }
  return "";
}

std::optional<Process> Look(const std::string& pid, std::int64_t boot_ms) {
  const std::string directory = "/proc/" + pid;
  Process process{.pid = pid, .name = KnownName(directory)};
  struct stat owner {};
  if (process.name.empty() || stat(directory.c_str(), &owner) != 0) return std::nullopt;
  process.uid = owner.st_uid;
  // Behind the name, which may hold blanks and brackets.
  const std::string text = ReadSmallFile(directory + "/stat");
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 2, text.size())));
  std::array<std::string, 22> field;  // the first is the third of proc(5)
  for (std::string& each : field) fields >> each;
  const std::int64_t ticks = sysconf(_SC_CLK_TCK);
  const auto number = [&](std::size_t of_proc) { return std::strtoll(field[of_proc - 3].c_str(), nullptr, 10); };
  process.cpu_ms = (number(14) + number(15)) * 1000 / ticks;
  process.started_ms = boot_ms + number(22) * 1000 / ticks;
  process.rss_bytes = number(24) * sysconf(_SC_PAGESIZE);
  const std::string arguments = ReadSmallFile(directory + "/cmdline");
  process.arguments = std::max<std::int64_t>(std::count(arguments.begin(), arguments.end(), '\0') - 1, 0);
  return process;
}

}  // namespace

void AddProcesses(const BundleInput&, Redactor&, Bundle& bundle) {
  const std::int64_t boot_ms = NumberAfter(ReadSmallFile("/proc/stat", 1 << 20), "btime ") * 1000;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table table({"PID", "NAME", "UID", "RSS MiB", "CPU s", "STARTED", "ARGUMENTS"});
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir("/proc"), closedir);
  if (!entries) return bundle.Problem("/proc cannot be read: no processes");
  while (const dirent* entry = readdir(entries.get())) {
    const std::string pid = entry->d_name;
    if (pid.find_first_not_of("0123456789") != std::string::npos || json.size() >= kMostProcesses) continue;
    const std::optional<Process> process = Look(pid, boot_ms);
    if (!process) continue;
    json.push_back({{"pid", std::stoll(pid)},
                    {"name", process->name},
                    {"uid", process->uid},
                    {"rss_bytes", process->rss_bytes},
                    {"cpu_ms", process->cpu_ms},
                    {"started", TimeText(process->started_ms)},
                    {"arguments", process->arguments}});
    table.Add({pid, std::string(process->name), std::to_string(process->uid), std::to_string(process->rss_bytes >> 20),
               std::to_string(process->cpu_ms / 1000), TimeText(process->started_ms),
               std::to_string(process->arguments) + " (not shown)"});
  }
  bundle.Add("processes.json", json.dump(2) + "\n");
  bundle.Report("Processes named dgmo, opencode, qdrant, bun, node", json.empty() ? "none\n" : table.Text());
}

}  // namespace fleet::agent
