#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleet::agent {

// File descriptors of a process against what it may have.
struct DescriptorUse {
  std::int64_t open = 0;
  std::int64_t soft_limit = 0;  // 0: unlimited
};

// One process, without its arguments and environment: those may hold secrets.
struct ProcessInfo {
  int pid = 0;                         // 0: none could be seen
  std::string name;                    // as the kernel has it, at most 15 bytes
  std::string exe;                     // absolute; empty: this agent may not see it
  std::uint32_t uid = 0;               // whose it is
  bool runs_dgmo = false;              // dgmo or opencode, or a script engine that runs it
  std::optional<std::int64_t> age_ms;  // since it started
  std::int64_t rss_bytes = 0;
  std::int64_t cpu_ms = 0;                   // since it started, user and system
  std::optional<DescriptorUse> descriptors;  // nullopt: this agent may not see them
};

// The memory of the machine.
struct MemoryFacts {
  std::int64_t total_bytes = 0;
  std::int64_t available_bytes = 0;
  // Percent of the last minute in which everything waited for memory; nullopt: the kernel does not tell.
  std::optional<double> full_avg60;
};

// A process of dgmo or Qdrant that the kernel ended because memory ran out.
struct MemoryKill {
  std::string name;
  int pid = 0;
  std::int64_t at_ms = 0;
};

// The processes of dgmo and Qdrant, their limits, and the memory of the machine. nullopt: could not be looked at.
struct ProcessFacts {
  std::vector<ProcessInfo> processes;  // dgmo, opencode, bun, node, qdrant
  std::optional<MemoryFacts> memory;
  std::optional<DescriptorUse> system_files;  // open files of the whole machine
  std::optional<std::vector<MemoryKill>> memory_kills;
};

}  // namespace fleet::agent
