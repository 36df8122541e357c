#include "agent/cli/regular_drills.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "agent/drill/history.h"
#include "agent/probe/self_limits.h"
#include "agent/store/durable_file.h"
#include "common/spawn_attributes.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using std::chrono::milliseconds;

// The clock of the machine may be set meanwhile.
constexpr milliseconds kLookAgain{3'600'000};
constexpr milliseconds kLongest{1'800'000};
constexpr milliseconds kBetweenLooks{200};

// This program with other arguments, in a group of its own.
absl::StatusOr<pid_t> StartSelf(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {0, 1, 2}) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  const SpawnAttributes attributes;
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, attributes.get(), argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return FromErrno(error, "cannot start a process for it");
  return pid;
}

// Its exit code; -1 when it was ended by a signal, this one's among them.
int WaitFor(pid_t pid, MonoTime until, const Clock& clock, const std::atomic<bool>& stop) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
    if (stop || clock.Mono() >= until) {
      kill(-pid, SIGKILL);
      while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      return -1;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return ended == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ",") + id;
  return text;
}

}  // namespace

RegularDrills::RegularDrills(const Clock& clock, std::string state, milliseconds after)
    : clock_(clock), state_(std::move(state)), earliest_ms_(ToMillis(clock.Now()) + after.count()) {
  strand_.Post([this] {
    RunInBackground();
    Plan();
  });
}

void RegularDrills::Stop() {
  stop_ = true;
  strand_.Stop();
}

void RegularDrills::Plan() {
  const std::int64_t wait = NextDrill(PastDrills(state_), earliest_ms_).at_ms - ToMillis(clock_.Now());
  strand_.PostAt(clock_.Mono() + std::clamp(milliseconds(wait), milliseconds(0), kLookAgain),
                 [this] { LookWhetherDue(); });
}

void RegularDrills::LookWhetherDue() {
  const DueDrill due = NextDrill(PastDrills(state_), earliest_ms_);
  if (!stop_ && due.at_ms <= ToMillis(clock_.Now())) Run(due.full);
  if (!stop_) Plan();
}

void RegularDrills::Run(bool full) {
  const std::string folder = state_ + "/drills/under-way";
  std::error_code none;
  std::filesystem::remove_all(folder, none);  // of one that was given up
  absl::Status failed = MakeFolder(folder);
  int exit_code = -1;
  if (failed.ok()) {
    std::vector<std::string> arguments = {"dgmo-agent", "drill", "--keep", "--state", state_, "--folder", folder};
    if (!full) arguments.emplace_back("--quick");
    const absl::StatusOr<pid_t> pid = StartSelf(std::move(arguments));
    failed = pid.status();
    if (pid.ok()) exit_code = WaitFor(*pid, clock_.Mono() + kLongest, clock_, stop_);
  }
  std::filesystem::remove_all(folder, none);
  if (stop_ || exit_code == 0) return;
  const std::vector<PastDrill> past = PastDrills(state_);
  if (exit_code == 1 && !past.empty()) {
    spdlog::warn("drill_failed failed={} report={}", Joined(past.front().failures), ToPrintable(past.front().path));
  } else {
    spdlog::warn("drill_did_not_run exit_code={} error=\"{}\"", exit_code, ToPrintable(MessageOf(failed)));
  }
}

}  // namespace fleet::agent
