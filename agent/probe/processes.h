#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/process_facts.h"

namespace fleet::agent {

// What /proc says of processes. One that ends meanwhile is left out. Nothing of arguments and environments is kept. Any
// thread.

std::vector<int> AllProcesses();  // by id

// nullopt when there is none, or only its remains.
std::optional<ProcessInfo> LookAtProcess(int pid);

// Those whose executable or own name is one of these; those that run dgmo count as "dgmo". One pass over /proc, without
// descriptors.
std::vector<ProcessInfo> ProcessesNamed(std::span<const std::string_view> names);

// Counts the process's open files, when this agent may see them.
void AddDescriptors(ProcessInfo& process);

// What a process holds open, as far as this agent may see it: paths, "socket:[INODE]", "pipe:[INODE]", ...
std::vector<std::string> OpenFiles(int pid);

// Whether an executable with these first arguments is dgmo itself or a script engine that runs it.
bool RunsDgmo(const std::string& exe, std::span<const std::string> arguments);

std::string BaseName(const std::string& path);

}  // namespace fleet::agent
