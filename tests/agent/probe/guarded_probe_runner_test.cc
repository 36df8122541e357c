#include "agent/probe/guarded_probe_runner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "agent/checks/check.h"
#include "agent/probe/examine.h"
#include "common/strand.h"
#include "tests/support/manual_executor.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class GuardedProbeRunnerTest : public ::testing::Test {
 protected:
  // Runs a probe in an agent of its own, as it were: a child process that starts, runs it and ends. Returns how it
  // ended.
  int RunInChild(const std::string& name, const std::function<void(GuardedProbeRunner&)>& probe) {
    const pid_t child = fork();
    if (child == 0) {
      GuardedProbeRunner runner(clock_, timers_, dir_.path(), {}, [] { std::_Exit(70); });
      runner.Run(name, [&] { probe(runner); });
      std::_Exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  // Whether this process, started now, would run the probe.
  bool Runs(const std::string& name) {
    bool ran = false;
    GuardedProbeRunner runner(clock_, timers_, dir_.path());
    const bool told = runner.Run(name, [&] { ran = true; });
    EXPECT_EQ(told, ran);
    return ran;
  }

  static std::string BootId() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
  }

  std::string Strikes() {
    std::ifstream file(dir_ / "probe-strikes");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  const TempDir dir_;
  FakeClock clock_;
  ManualExecutor timers_{clock_};
};

TEST_F(GuardedProbeRunnerTest, RunsAProbeAndForgetsIt) {
  EXPECT_TRUE(Runs("logs"));
  EXPECT_TRUE(Runs("logs"));
  EXPECT_EQ(Strikes(), "");
}

TEST_F(GuardedProbeRunnerTest, AProbeThatKillsTheAgentTwiceIsLeftOut) {
  const auto deadly = [](GuardedProbeRunner&) { raise(SIGKILL); };
  ASSERT_TRUE(WIFSIGNALED(RunInChild("logs", deadly)));
  EXPECT_TRUE(Runs("logs")) << "once may be bad luck";
  ASSERT_TRUE(WIFSIGNALED(RunInChild("logs", deadly)));
  EXPECT_FALSE(Runs("logs"));
  EXPECT_TRUE(Runs("qdrant"));
  clock_.Advance(hours(24));
  EXPECT_TRUE(Runs("logs")) << "after a day it may try again";
}

TEST_F(GuardedProbeRunnerTest, AnAbortCountsLikeAKill) {
  const auto aborts = [](GuardedProbeRunner&) {
    signal(SIGABRT, SIG_DFL);
    abort();
  };
  ASSERT_TRUE(WIFSIGNALED(RunInChild("scan U", aborts)));
  ASSERT_TRUE(WIFSIGNALED(RunInChild("scan U", aborts)));
  EXPECT_FALSE(Runs("scan U"));
}

TEST_F(GuardedProbeRunnerTest, AProbeThatHangsTwiceIsLeftOut) {
  // It overstays its limit, and its process is killed then: one strike, not two.
  const auto hangs = [this](GuardedProbeRunner&) {
    timers_.Advance(seconds(301));
    raise(SIGKILL);
  };
  ASSERT_TRUE(WIFSIGNALED(RunInChild("mcp", hangs)));
  EXPECT_TRUE(Runs("mcp"));
  EXPECT_NE(Strikes().find("hung"), std::string::npos);
  ASSERT_TRUE(WIFSIGNALED(RunInChild("mcp", hangs)));
  EXPECT_FALSE(Runs("mcp"));
}

TEST_F(GuardedProbeRunnerTest, AProbeThatNeverComesBackEndsTheProcess) {
  const int status = RunInChild("qdrant", [this](GuardedProbeRunner&) { timers_.Advance(seconds(901)); });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 70);
  EXPECT_EQ(
      ProbeStrikes::Parse(Strikes(), FLEET_VERSION, ToMillis(clock_.Now())).Count("qdrant", ToMillis(clock_.Now())), 1);
}

// With real threads, and limits that nobody need wait for.
TEST_F(GuardedProbeRunnerTest, AWorkerThatBlocksForGoodIsEndedFromAnotherThread) {
  const SystemClock clock;
  for (int start = 0; start < 2; ++start) {
    const pid_t child = fork();
    if (child == 0) {
      Strand timers;
      GuardedProbeRunner runner(clock, timers, dir_.path(), {milliseconds(5), milliseconds(20)},
                                [] { std::_Exit(70); });
      runner.Run("mcp", [] {
        for (;;) pause();
      });
      std::_Exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 70);
  }
  GuardedProbeRunner runner(clock, timers_, dir_.path());
  EXPECT_FALSE(runner.Run("mcp", [] {}));
}

TEST_F(GuardedProbeRunnerTest, ATimerOfAProbeThatEndedDoesNothing) {
  GuardedProbeRunner runner(clock_, timers_, dir_.path(), {}, [] { FAIL() << "gave up"; });
  EXPECT_TRUE(runner.Run("logs", [&] { timers_.Advance(seconds(59)); }));
  timers_.Advance(hours(1));
  EXPECT_EQ(Strikes(), "");
}

TEST_F(GuardedProbeRunnerTest, ADeliberateEndIsNoStrike) {
  ASSERT_EQ(RunInChild("logs",
                       [](GuardedProbeRunner& runner) {
                         runner.Abandon();
                         std::_Exit(0);
                       }),
            0);
  EXPECT_TRUE(Runs("logs"));
  EXPECT_EQ(Strikes(), "");
}

TEST_F(GuardedProbeRunnerTest, WhatRanWhenTheMachineWentDownOrInAnotherVersionIsNoStrike) {
  for (const std::string& era :
       {std::string("00000000-0000-0000-0000-000000000000 " FLEET_VERSION), BootId() + " 0.0.0"}) {
    std::string line = era + " logs";
    line.resize(255, ' ');
    dir_.Write("probe-running", line + "\n");
    EXPECT_TRUE(Runs("logs"));
    EXPECT_EQ(Strikes(), "");
  }
}

TEST_F(GuardedProbeRunnerTest, DamagedRecordsAreNoStrikes) {
  for (const std::string& bytes :
       {std::string(), std::string(256, '\0'), std::string(5, 'x'), std::string(100'000, 'y')}) {
    dir_.Write("probe-running", bytes);
    dir_.Write("probe-strikes", bytes);
    EXPECT_TRUE(Runs("logs"));
  }
}

TEST_F(GuardedProbeRunnerTest, WithoutARecordProbesRunAllTheSame) {
  std::filesystem::create_directories(dir_ / "probe-running");
  std::filesystem::create_directories(dir_ / "probe-strikes");
  EXPECT_TRUE(Runs("logs"));
  GuardedProbeRunner runner(clock_, timers_, dir_ / "nowhere");
  const auto hang = [this] { timers_.Advance(seconds(301)); };
  EXPECT_TRUE(runner.Run("mcp", hang));
  EXPECT_TRUE(runner.Run("mcp", hang));
  EXPECT_FALSE(runner.Run("mcp", hang)) << "while the process lives it remembers without the disk";
}

TEST_F(GuardedProbeRunnerTest, ThroughAPipeInItsPlaceNothingBlocks) {
  ASSERT_EQ(mkfifo((dir_ / "probe-running").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo((dir_ / "probe-strikes").c_str(), 0600), 0);
  EXPECT_TRUE(Runs("logs"));
}

TEST_F(GuardedProbeRunnerTest, AQuarantinedProbeIsAFindingAndWhatItCoversUnknown) {
  GuardedProbeRunner runner(clock_, timers_, dir_.path());
  const auto hang = [this] { timers_.Advance(seconds(301)); };
  runner.Run("logs", hang);
  runner.Run("logs", hang);
  runner.Run("network", hang);
  runner.Run("network", hang);
  HomeModel home;
  home.home.path = dir_ / "home";
  ProbeHome({}, runner, home);
  EXPECT_FALSE(home.logs.has_value());
  EXPECT_NE(std::find(home.unknown.begin(), home.unknown.end(), dir_ / "home"), home.unknown.end());
  const MachineModel machine = ProbeMachine({}, runner, std::span(&home, 1));
  EXPECT_NE(std::find(machine.unknown.begin(), machine.unknown.end(), "/"), machine.unknown.end());
  const std::vector<Finding> findings = CheckMachine(machine, ToMillis(clock_.Now()));
  std::vector<std::string> subjects;
  for (const Finding& finding : findings) {
    if (finding.code == "AGENT_PROBE_QUARANTINED") subjects.push_back(finding.subject_id);
  }
  EXPECT_EQ(subjects, (std::vector<std::string>{"logs", "network"}));
}

}  // namespace
}  // namespace fleet::agent
