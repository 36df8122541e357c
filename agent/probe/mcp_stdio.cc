#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

#include "agent/probe/mcp_messages.h"
#include "agent/probe/mcp_ping.h"
#include "common/spawn_attributes.h"

extern char** environ;

namespace fleet::agent {

namespace {

using std::chrono::milliseconds;
using Verdict = McpServer::Verdict;
using Era = McpServer::Era;

constexpr std::size_t kMaxLine = 1024 * 1024;
constexpr milliseconds kFarewell{500};
// A legacy server may keep silent about a request that it does not know.
constexpr milliseconds kDiscoverLimit{2'000};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The agent's environment with the entry's in place of the same names.
std::vector<std::string> EnvironmentOf(const McpEntry& entry) {
  std::vector<std::string> all;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string variable = *at;
    if (entry.environment.count(variable.substr(0, variable.find('='))) == 0) all.push_back(variable);
  }
  for (const auto& [name, value] : entry.environment) all.push_back(name + "=" + value);
  return all;
}

// A server that was started, with pipes to its input and from its output. It ends with the object.
class Child {
 public:
  Child(const McpEntry& entry, const std::string& program, const std::string& directory) {
    int in[2];
    int out[2];
    if (pipe2(in, O_CLOEXEC) != 0) return;
    if (pipe2(out, O_CLOEXEC) != 0) {
      close(in[0]);
      close(in[1]);
      return;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    const SpawnAttributes attributes;
    std::vector<std::string> argv = entry.command;
    std::vector<std::string> environment = EnvironmentOf(entry);
    if (posix_spawn(&pid_, program.c_str(), &actions, attributes.get(), Pointers(argv).data(),
                    Pointers(environment).data()) != 0) {
      pid_ = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    output_ = out[0];
    fcntl(input_, F_SETFL, O_NONBLOCK);
    fcntl(output_, F_SETFL, O_NONBLOCK);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (input_ >= 0) close(input_);
    if (pid_ > 0) {
      if (!EndedWithin(kFarewell)) {
        kill(-pid_, SIGTERM);
        EndedWithin(kFarewell);
      }
      kill(-pid_, SIGKILL);  // and what it started and left behind; its number is its own until it is waited for
      waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) close(output_);
  }

  bool started() const { return pid_ > 0; }

  // A line to its input; false when it does not take it.
  bool Write(std::string line) {
    line += '\n';
    // The signal of a closed pipe would end the agent: it is blocked on this thread, and taken, meanwhile.
    sigset_t broken_pipe;
    sigset_t before;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    const ssize_t written = write(input_, line.data(), line.size());
    if (written < 0 && errno == EPIPE) {
      is_closed_ = true;
      const timespec now{};
      sigtimedwait(&broken_pipe, nullptr, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return written == static_cast<ssize_t>(line.size());
  }

  // The next line of its output, if one comes in time and is not too long.
  std::optional<std::string> ReadLine(milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (true) {
      if (const auto at = buffer_.find('\n'); at != std::string::npos) {
        std::string line = buffer_.substr(0, at);
        buffer_.erase(0, at + 1);
        return line;
      }
      if (buffer_.size() > kMaxLine) return std::nullopt;
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      pollfd waiting{output_, POLLIN, 0};
      if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) == 0) return std::nullopt;
      char piece[4096];
      const ssize_t got = read(output_, piece, sizeof piece);
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        is_closed_ = true;
        return std::nullopt;
      }
      if (got > 0) buffer_.append(piece, static_cast<std::size_t>(got));
    }
  }
  bool is_closed() const { return is_closed_; }

 private:
  bool EndedWithin(milliseconds limit) const {
    for (milliseconds waited{0};; waited += milliseconds(10)) {
      siginfo_t ended{};
      if (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0)
        return true;
      if (waited >= limit) return false;
      std::this_thread::sleep_for(milliseconds(10));
    }
  }

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
  bool is_closed_ = false;
};

// One conversation with a child, within one limit.
class Conversation {
 public:
  Conversation(Child& child, milliseconds limit, const Clock& clock)
      : child_(child), end_(std::chrono::steady_clock::now() + limit), clock_(clock) {}

  McpReply Ask(const std::string& line, std::string_view id, milliseconds limit) {
    const MonoTime begin = clock_.Mono();
    if (!child_.Write(line)) return {};
    const auto end = std::min(end_, std::chrono::steady_clock::now() + limit);
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      const std::optional<std::string> answer = child_.ReadLine(left);
      if (!answer) return {};
      const McpReply reply = ParseMcp(*answer, id);  // notifications may come before it
      if (reply.kind == McpReply::Kind::kNone) continue;
      took_us_ = std::chrono::duration_cast<std::chrono::microseconds>(clock_.Mono() - begin).count();
      return reply;
    }
  }
  std::int64_t took_us() const { return took_us_; }

 private:
  Child& child_;
  const std::chrono::steady_clock::time_point end_;
  const Clock& clock_;
  std::int64_t took_us_ = 0;
};

}  // namespace

McpAnswer PingLocal(const McpEntry& entry, const std::string& program, const std::string& directory, milliseconds limit,
                    const Clock& clock) {
  Child child(entry, program, directory);
  if (!child.started()) return {Verdict::kNotExecutable, Era::kNone, "could not be started", {}};
  Conversation conversation(child, limit, clock);
  const McpReply discovered = conversation.Ask(McpDiscover(), kDiscoverId, std::min(limit, kDiscoverLimit));
  if (discovered.kind == McpReply::Kind::kResult || discovered.kind == McpReply::Kind::kModernError) {
    return {Verdict::kReachable, Era::kModern, "", conversation.took_us()};
  }
  const auto failed = [&](const char* what) -> McpAnswer {
    if (child.is_closed()) return {Verdict::kNotMcp, Era::kNone, "ended before it answered", {}};
    return {Verdict::kTimedOut, Era::kNone, what, {}};
  };
  const McpReply initialized = conversation.Ask(McpInitialize(), kInitializeId, limit);
  if (initialized.kind == McpReply::Kind::kNone) return failed("no answer in time");
  if (initialized.kind != McpReply::Kind::kResult) return {Verdict::kNotMcp, Era::kNone, "handshake refused", {}};
  child.Write(McpInitialized());
  const McpReply pinged = conversation.Ask(McpPing(), kPingId, limit);
  if (pinged.kind == McpReply::Kind::kNone) return failed("ping not answered in time");
  if (pinged.kind != McpReply::Kind::kResult) return {Verdict::kNotMcp, Era::kLegacy, "ping refused", {}};
  return {Verdict::kReachable, Era::kLegacy, "", conversation.took_us()};
}

}  // namespace fleet::agent
