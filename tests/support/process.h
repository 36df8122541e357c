#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace fleet {

// A program of ours run as a real process by a test; no shell between. It is killed with the object.
class Process {
 public:
  struct Options {
    std::vector<std::string> environment;  // "NAME=value", added to the test's own
    std::string directory;                 // working directory; empty: the test's
    std::string output;                    // file for stdout and stderr; empty: they are discarded
  };

  Process() = default;
  Process(const std::vector<std::string>& argv, const Options& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running();
  void Signal(int signal) const;
  // Exit code, 128 + signal when it was killed; -1 when it did not end in time.
  int Wait(std::chrono::milliseconds limit);
  int Kill();  // SIGKILL and wait

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs a program to its end; exit code -1 when it did not end in two minutes (it is killed then).
Finished RunProgram(const std::vector<std::string>& argv, const Process::Options& options = {});

// Polls until it holds; false when it did not within the limit. For what another process does in its own time.
template <class Condition>
bool Eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(20));

std::string ReadFile(const std::string& path);

void PollPause();

template <class Condition>
bool Eventually(Condition condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    PollPause();
  }
  return true;
}

}  // namespace fleet
