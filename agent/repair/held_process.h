#pragma once

#include <absl/status/statusor.h>

#include "agent/checks/facts/process_facts.h"
#include "agent/store/descriptor.h"

namespace fleet::agent {

// One running process, which stays the one meant when it ends and another gets its number. Movable; any one thread.
class HeldProcess {
 public:
  // NotFound when there is none, or only its remains.
  static absl::StatusOr<HeldProcess> Open(int pid);

  // As it was when it was opened.
  const ProcessInfo& info() const { return info_; }
  int pid() const { return info_.pid; }

  bool Runs() const;
  // NotFound when it has ended, PermissionDenied when it is not ours to signal.
  absl::Status Signal(int signal) const;

 private:
  HeldProcess(Descriptor held, ProcessInfo info) : held_(std::move(held)), info_(std::move(info)) {}
  Descriptor held_;
  ProcessInfo info_;
};

}  // namespace fleet::agent
