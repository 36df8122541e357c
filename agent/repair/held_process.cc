#include "agent/repair/held_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "agent/probe/processes.h"
#include "common/status.h"

namespace fleet::agent {

absl::StatusOr<HeldProcess> HeldProcess::Open(int pid) {
  const std::string what = "process " + std::to_string(pid);
  Descriptor held(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!held.valid()) {
    return errno == ESRCH ? NotFound(what + " has ended") : FromErrno(errno, "cannot hold " + what);
  }
  std::optional<ProcessInfo> info = LookAtProcess(pid);
  if (!info) return NotFound(what + " has ended");
  HeldProcess process(std::move(held), *std::move(info));
  // Only then is what was read about the one that is held.
  if (!process.Runs()) return NotFound(what + " has ended");
  return process;
}

bool HeldProcess::Runs() const {
  pollfd end{held_.get(), POLLIN, 0};
  return poll(&end, 1, 0) == 0;
}

absl::Status HeldProcess::Signal(int signal) const {
  if (syscall(SYS_pidfd_send_signal, held_.get(), signal, nullptr, 0) == 0) return absl::OkStatus();
  const std::string what = "process " + std::to_string(pid());
  return errno == ESRCH ? NotFound(what + " has ended") : FromErrno(errno, "cannot signal " + what);
}

}  // namespace fleet::agent
