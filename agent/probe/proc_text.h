#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/network_facts.h"
#include "agent/checks/facts/process_facts.h"

namespace fleet::agent {

// The texts of /proc, each as its page in proc(5) describes it. Pure; names in them were chosen by others and may hold
// anything. nullopt: not such a text, or without the value asked for.

// /proc/PID/stat.
struct ProcessStat {
  std::string name;
  char state = '?';
  std::int64_t cpu_ticks = 0;    // user and system
  std::int64_t start_ticks = 0;  // after boot
  std::int64_t rss_pages = 0;
};
std::optional<ProcessStat> ParseProcessStat(std::string_view text);

// /proc/PID/cmdline: the first `most` arguments.
std::vector<std::string> ParseCommandLine(std::string_view text, std::size_t most);

// /proc/PID/limits: the soft limit of open files; 0 when there is none.
std::optional<std::int64_t> ParseOpenFileLimit(std::string_view text);

std::optional<MemoryFacts> ParseMeminfo(std::string_view text);               // without the pressure
std::optional<double> ParseFullAvg60(std::string_view text);                  // /proc/pressure/memory
std::optional<DescriptorUse> ParseFileNr(std::string_view text);              // /proc/sys/fs/file-nr
std::optional<std::vector<double>> ParseLoadAverages(std::string_view text);  // /proc/loadavg: 1, 5, 15 minutes

// One line of /proc/net/tcp or tcp6. Its owner is not in it.
struct SocketLine {
  bool listens = false;
  Listener listener;
};
std::optional<SocketLine> ParseSocketLine(std::string_view line, IpFamily family);

// One line of /proc/self/mountinfo.
struct Mount {
  std::uint64_t id = 0;
  std::string device;  // "major:minor"
  std::string mount_point;
  std::string options;  // of the mount
  std::string type;
  std::string source;
  std::string file_system_options;
};
std::optional<Mount> ParseMountLine(std::string_view line);
// Whether a list of options such as "rw,relatime" names this one.
bool HasOption(std::string_view options, std::string_view option);

// One record of /dev/kmsg that says that a process was ended because memory ran out.
struct KillRecord {
  std::string name;
  int pid = 0;
  std::int64_t at_us = 0;  // of the kernel's clock
};
std::optional<KillRecord> ParseKillRecord(std::string_view record);

// Whether an /etc/hosts names localhost.
bool NamesLocalhost(std::string_view hosts);

}  // namespace fleet::agent
