#pragma once

#include <absl/status/statusor.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "common/status.h"

namespace fleet::agent {

// Runs the work in a process of its own and kills it after the delay. Returns whether it was still at work.
template <class Work>
absl::StatusOr<bool> KilledAfter(std::chrono::microseconds delay, Work work) {
  const pid_t child = fork();
  if (child < 0) return FromErrno(errno, "cannot start a process");
  if (child == 0) {
    work();
    _exit(0);
  }
  std::this_thread::sleep_for(delay);
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status);
}

}  // namespace fleet::agent
