#include <algorithm>

#include "agent/probe/memory_kills.h"
#include "agent/probe/probes.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/proc_text.h"
#include "agent/probe/processes.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kPrograms[] = {"dgmo", "opencode", "bun", "node", "qdrant"};
// Of node there is often one that has nothing to do with dgmo, and the kernel's log does not tell which it ended.
constexpr std::string_view kOurs[] = {"dgmo", "opencode", "bun", "qdrant"};

std::optional<MemoryFacts> LookAtMemory() {
  const std::optional<std::string> meminfo = ReadProcFile("/proc/meminfo");
  std::optional<MemoryFacts> memory = meminfo ? ParseMeminfo(*meminfo) : std::nullopt;
  const std::optional<std::string> pressure = ReadProcFile("/proc/pressure/memory");
  if (memory && pressure) memory->full_avg60 = ParseFullAvg60(*pressure);
  return memory;
}

}  // namespace

void ProbeProcesses(const CheckSettings&, std::span<const HomeModel>, MachineModel& machine) {
  ProcessFacts facts;
  facts.processes = ProcessesNamed(kPrograms);
  for (ProcessInfo& process : facts.processes) AddDescriptors(process);
  facts.memory = LookAtMemory();
  if (!facts.memory) machine.unknown.push_back("/proc/meminfo");
  const std::optional<std::string> file_nr = ReadProcFile("/proc/sys/fs/file-nr");
  facts.system_files = file_nr ? ParseFileNr(*file_nr) : std::nullopt;
  if (!facts.system_files) machine.unknown.push_back("/proc/sys/fs/file-nr");
  facts.memory_kills = MemoryKills(kOurs);
  if (!facts.memory_kills) machine.unknown.push_back("/dev/kmsg");
  machine.processes = std::move(facts);
}

}  // namespace fleet::agent
