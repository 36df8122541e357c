#include <algorithm>
#include <map>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

double PercentUsed(const DescriptorUse& use) {
  return use.soft_limit <= 0 ? 0 : 100.0 * static_cast<double>(use.open) / static_cast<double>(use.soft_limit);
}

bool IsServer(const ProcessInfo& process) { return process.runs_dgmo || process.name == "qdrant"; }

Finding DraftUse(const std::string& subject, const DescriptorUse& use, std::vector<std::string> paths) {
  Finding finding = DraftFinding("FD_LIMIT_NEAR", "", "/", subject, std::move(paths));
  if (PercentUsed(use) >= 100) finding.severity = Severity::kP1;
  finding.evidence["used_percent"] = static_cast<std::int64_t>(PercentUsed(use));
  finding.evidence["limit"] = use.soft_limit;
  return finding;
}

// One finding a program, about the process that is nearest to its limit: ids change with every start.
void CheckDescriptors(const MachineView& machine, std::vector<Finding>& findings) {
  std::map<std::string, const ProcessInfo*> worst;
  for (const ProcessInfo& process : machine.model.processes->processes) {
    if (!IsServer(process) || !process.descriptors) continue;
    if (PercentUsed(*process.descriptors) <= machine.settings.fd_used_percent) continue;
    const ProcessInfo*& place = worst[process.runs_dgmo ? "dgmo" : process.name];
    if (place == nullptr || PercentUsed(*place->descriptors) < PercentUsed(*process.descriptors)) place = &process;
  }
  for (const auto& [program, process] : worst) {
    Finding finding = DraftUse(program, *process->descriptors, {"/proc/" + std::to_string(process->pid) + "/fd"});
    finding.evidence["pid"] = std::int64_t{process->pid};
    findings.push_back(std::move(finding));
  }
  const std::optional<DescriptorUse>& all = machine.model.processes->system_files;
  if (all && PercentUsed(*all) > machine.settings.fd_system_used_percent) {
    findings.push_back(DraftUse("machine", *all, {"/proc/sys/fs/file-nr"}));
  }
}

void CheckMemory(const MachineView& machine, std::vector<Finding>& findings) {
  const std::optional<MemoryFacts>& memory = machine.model.processes->memory;
  if (!memory || memory->total_bytes <= 0) return;
  const double available =
      100.0 * static_cast<double>(memory->available_bytes) / static_cast<double>(memory->total_bytes);
  const double waiting = memory->full_avg60.value_or(0);
  if (available >= machine.settings.memory_available_percent && waiting <= machine.settings.memory_pressure_percent) {
    return;
  }
  Finding finding = DraftFinding("MEM_PRESSURE", "", "/", "memory", {"/proc/meminfo"});
  finding.evidence["total_bytes"] = memory->total_bytes;
  finding.evidence["available_percent"] = static_cast<std::int64_t>(available);
  if (memory->full_avg60) finding.evidence["all_waiting_percent"] = static_cast<std::int64_t>(waiting);
  findings.push_back(std::move(finding));
}

// By program, latest first: its next start has another id.
void CheckKills(const MachineView& machine, std::vector<Finding>& findings) {
  if (!machine.model.processes->memory_kills) return;
  struct Kills {
    std::int64_t count = 0;
    MemoryKill latest;
  };
  std::map<std::string, Kills> by_program;
  for (const MemoryKill& kill : *machine.model.processes->memory_kills) {
    if (machine.now_ms - kill.at_ms > machine.settings.memory_kill_recent_ms) continue;
    Kills& kills = by_program[kill.name];
    ++kills.count;
    if (kill.at_ms >= kills.latest.at_ms) kills.latest = kill;
  }
  for (const auto& [program, kills] : by_program) {
    Finding finding = DraftFinding("MEM_PRESSURE", "", "/", program, {"/dev/kmsg"}, "killed " + program);
    finding.evidence["killed"] = kills.count;
    finding.evidence["killed_at_ms"] = kills.latest.at_ms;
    finding.evidence["pid"] = std::int64_t{kills.latest.pid};
    findings.push_back(std::move(finding));
  }
}

}  // namespace

void CheckProcesses(const MachineView& machine, std::vector<Finding>& findings) {
  if (!machine.model.processes) return;
  CheckDescriptors(machine, findings);
  CheckMemory(machine, findings);
  CheckKills(machine, findings);
}

}  // namespace fleet::agent
