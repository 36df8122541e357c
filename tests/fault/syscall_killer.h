#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fleet {

// Runs a program and kills it, as the power or an impatient user would, at the entry of one of the system calls that
// can change a file system: between two of these the disk cannot differ, so every instant of a run is one of these
// points. The kernel stops only at those calls (a seccomp filter under ptrace), so that a run costs little more than
// itself.
struct KilledRun {
  bool killed = false;
  int calls = 0;       // changing calls seen, the one it was killed at included
  int exit_code = -1;  // when it was not killed
  std::string last_call;
};

// Kills at the call of this number, counted from 0; nullopt: counts and lets it end. Standard output goes to
// /dev/null. An empty answer: this machine does not allow tracing.
std::optional<KilledRun> RunAndKill(const std::vector<std::string>& argv, std::optional<int> at_call);

// Makes the call of this number fail with an error instead, as a disk that is full, broken or read-only would, and,
// when that lasts, all later ones, too. Nothing is killed. Empty also where the processor's registers are not known.
struct DiskError {
  int error = 0;  // an errno
  bool lasts = false;
};
std::optional<KilledRun> RunAndRefuse(const std::vector<std::string>& argv, int at_call, DiskError what);

}  // namespace fleet
