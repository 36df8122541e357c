#include "agent/probe/processes.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "agent/probe/proc_file.h"
#include "agent/probe/proc_text.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kArguments = 4;
constexpr std::string_view kDeleted = " (deleted)";

void VisitNames(const std::string& directory, const auto& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) return;
  while (const dirent* entry = readdir(stream.get())) {
    if (entry->d_name[0] != '.') visit(entry->d_name);
  }
}

std::string PathOf(int pid) { return "/proc/" + std::to_string(pid); }

// A program that was updated since it started keeps its name.
std::string ExeOf(int pid) {
  std::string exe = ReadLink(PathOf(pid) + "/exe");
  if (exe.size() > kDeleted.size() && exe.compare(exe.size() - kDeleted.size(), kDeleted.size(), kDeleted) == 0) {
    exe.resize(exe.size() - kDeleted.size());
  }
  return exe;
}

std::int64_t MillisOfTicks(std::int64_t ticks) {
  static const std::int64_t per_second = std::max<std::int64_t>(1, sysconf(_SC_CLK_TCK));
  return ticks / per_second * 1000 + ticks % per_second * 1000 / per_second;
}

std::int64_t MillisSinceBoot() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

bool IsProgramName(const std::string& path) {
  const std::string name = BaseName(path);
  return name == "dgmo" || name == "opencode";
}

}  // namespace

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool RunsDgmo(const std::string& exe, std::span<const std::string> arguments) {
  if (IsProgramName(exe)) return true;
  if (arguments.empty()) return false;
  if (IsProgramName(arguments[0])) return true;
  // Of a process whose executable may not be seen the first argument tells what it is.
  const std::string engine = BaseName(exe.empty() ? arguments[0] : exe);
  if (engine != "bun" && engine != "node") return false;
  return std::any_of(arguments.begin() + 1, arguments.end(), [](const std::string& argument) {
    return IsProgramName(argument) || argument.find("/dgmo/") != std::string::npos ||
           argument.find("/opencode/") != std::string::npos;
  });
}

std::vector<int> AllProcesses() {
  std::vector<int> pids;
  VisitNames("/proc", [&](const char* name) {
    const int pid = std::atoi(name);
    if (pid > 0) pids.push_back(pid);
  });
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::optional<ProcessInfo> LookAtProcess(int pid) {
  const std::optional<std::string> text = ReadProcFile(PathOf(pid) + "/stat");
  const std::optional<ProcessStat> stat = text ? ParseProcessStat(*text) : std::nullopt;
  struct stat owner;
  if (!stat || stat->state == 'Z' || stat->state == 'X' || ::stat(PathOf(pid).c_str(), &owner) != 0) {
    return std::nullopt;
  }
  static const std::int64_t page_bytes = sysconf(_SC_PAGESIZE);
  ProcessInfo process;
  process.pid = pid;
  process.name = stat->name;
  process.exe = ExeOf(pid);
  process.uid = owner.st_uid;
  process.runs_dgmo =
      RunsDgmo(process.exe, ParseCommandLine(ReadProcFile(PathOf(pid) + "/cmdline", 4096).value_or(""), kArguments));
  process.age_ms = std::max<std::int64_t>(0, MillisSinceBoot() - MillisOfTicks(stat->start_ticks));
  process.rss_bytes = stat->rss_pages * page_bytes;
  process.cpu_ms = MillisOfTicks(stat->cpu_ticks);
  return process;
}

std::vector<ProcessInfo> ProcessesNamed(std::span<const std::string_view> names) {
  const auto wanted = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  std::vector<ProcessInfo> found;
  for (const int pid : AllProcesses()) {
    std::optional<ProcessInfo> process = LookAtProcess(pid);
    if (!process) continue;
    if (wanted(process->name) || wanted(BaseName(process->exe)) || (process->runs_dgmo && wanted("dgmo"))) {
      found.push_back(*std::move(process));
    }
  }
  return found;
}

void AddDescriptors(ProcessInfo& process) {
  const std::string directory = PathOf(process.pid);
  const std::optional<std::string> text = ReadProcFile(directory + "/limits");
  const std::optional<std::int64_t> limit = text ? ParseOpenFileLimit(*text) : std::nullopt;
  if (!limit || access((directory + "/fd").c_str(), R_OK) != 0) return;
  DescriptorUse use;
  use.soft_limit = *limit;
  VisitNames(directory + "/fd", [&](const char*) { ++use.open; });
  // A process always has some: none means that they may not be seen.
  if (use.open > 0) process.descriptors = use;
}

std::vector<std::string> OpenFiles(int pid) {
  const std::string directory = PathOf(pid) + "/fd";
  std::vector<std::string> files;
  VisitNames(directory, [&](const char* name) {
    if (std::string file = ReadLink(directory + "/" + name); !file.empty()) files.push_back(std::move(file));
  });
  return files;
}

}  // namespace fleet::agent
