#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agent/repair/repairs/services.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {

// A home of this user, and all that a repair of services is given. Its pauses do not wait; they are counted.
class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    home_.home.path = dir_ / "home";
    home_.home.owner = geteuid();
    home_.home.data_home = dir_ / "home/.local/share";
    home_.home.config_home = dir_ / "home/.config";
    home_.home.state_home = dir_ / "home/.local/state";
    std::filesystem::create_directories(home_.home.path);
    std::filesystem::create_directories(state_);
  }

  ServiceContext Context() {
    return {
        .homes = homes_, .machine = machine_, .settings = settings_, .state = state_, .clock = clock_, .pause = pause_};
  }
  ServiceAnswer PlanOf(const ServiceRepair& repair, const Finding& finding) { return repair.plan(Context(), finding); }
  ServiceOutcome Apply(const ServiceRepair& repair, const Finding& finding) { return repair.apply(Context(), finding); }
  // The reason of the refusal; empty: it is planned.
  std::string RefusalOf(const ServiceRepair& repair, const Finding& finding) {
    const ServiceAnswer answer = PlanOf(repair, finding);
    const auto* refusal = std::get_if<Refusal>(&answer);
    if (refusal == nullptr) return "";
    EXPECT_FALSE(refusal->text.empty());
    const ServiceOutcome outcome = Apply(repair, finding);
    EXPECT_EQ(outcome.outcome, Outcome::kRefused);
    EXPECT_EQ(outcome.reason, refusal->reason);
    return refusal->reason;
  }

  TempDir dir_;
  HomeModel home_;
  std::vector<const HomeModel*> homes_ = {&home_};
  MachineModel machine_;
  CheckSettings settings_;
  const std::string state_ = dir_ / "state";
  FakeClock clock_;
  std::chrono::milliseconds paused_{0};
  std::function<void()> while_paused_ = [] {};
  const std::function<void(std::chrono::milliseconds)> pause_ = [this](std::chrono::milliseconds time) {
    paused_ += time;
    while_paused_();
  };
};

// A real process that runs `child` after fork; its own are the limits and descriptors that it makes there. It is killed
// with the object.
class ChildProcess {
 public:
  // The child goes on when `child` returns, under this name, until it is told to end. Returns when it is so far.
  ChildProcess(const TempDir& dir, const std::string& name, const std::function<void()>& child) {
    std::filesystem::create_directories(dir / "bin");
    const std::string program = dir / ("bin/" + name);
    if (!std::filesystem::exists(program)) std::filesystem::copy_file("/bin/sleep", program);
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      child();
      execl(program.c_str(), name.c_str(), "600", nullptr);
      _exit(127);
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 0) << "closed by exec";
    close(ready[0]);
  }
  ~ChildProcess() {
    kill(pid_, SIGKILL);
    Reap();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // The signal that ended it; 0: it runs.
  int EndedBy() {
    int status = 0;
    if (!reaped_ && waitpid(pid_, &status, WNOHANG) == pid_) {
      reaped_ = true;
      signal_ = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    }
    return signal_;
  }
  void Reap() {
    if (!reaped_) waitpid(pid_, nullptr, 0);
    reaped_ = true;
  }

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
  int signal_ = 0;
};

}  // namespace fleet::agent
