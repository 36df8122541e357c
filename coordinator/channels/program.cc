#include "coordinator/channels/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "common/spawn_attributes.h"
#include "common/utf8.h"
#include "coordinator/channels/notice_text.h"

namespace fleet::coordinator {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLimit{30'000};
constexpr milliseconds kBetweenLooks{10};
constexpr std::size_t kMostThread = 200;
constexpr int kTryAgain = 75;  // EX_TEMPFAIL of sysexits.h

// A file that is nowhere but in memory: a program that does not read or write it cannot block the other side.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("dgmo-notice", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int get() const { return fd_; }
  bool Fill(const std::string& bytes) const {
    return write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && lseek(fd_, 0, SEEK_SET) == 0;
  }
  std::string Begin() const { return From(0); }
  std::string End() const { return From(std::max<off_t>(0, lseek(fd_, 0, SEEK_END) - kMostRead)); }

 private:
  static constexpr off_t kMostRead = 4'096;

  std::string From(off_t place) const {
    std::string text(kMostRead, '\0');
    const ssize_t got = pread(fd_, text.data(), text.size(), place);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

  const int fd_;
};

std::string FirstLine(const std::string& text) { return text.substr(0, std::min(text.find('\n'), kMostThread)); }

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t line = text.rfind('\n');
  return ToPrintable(line == std::string::npos ? text : text.substr(line + 1));
}

class Program final : public Channel {
 public:
  explicit Program(std::vector<std::string> argv) : argv_(std::move(argv)) {}

  Delivery Deliver(const Notice& notice) override {
    const MemoryFile in;
    const MemoryFile out;
    const MemoryFile err;
    if (in.get() < 0 || out.get() < 0 || err.get() < 0 || !in.Fill(NoticeJson(notice).dump() + "\n")) {
      return Again(std::string("no memory for the notice: ") + std::strerror(errno));
    }
    pid_t pid = 0;
    if (const int error = Start(in.get(), out.get(), err.get(), pid); error != 0) {
      return {.outcome = Delivery::Outcome::kRefused,
              .thread = "",
              .detail = "could not be started: " + std::string(std::strerror(error)),
              .retry_after = {}};
    }
    int status = 0;
    if (!WaitFor(pid, status)) return Again("did not end within 30 s and was killed");
    Delivery delivery;
    delivery.detail = WIFEXITED(status) ? "ended with " + std::to_string(WEXITSTATUS(status)) : "was killed";
    if (const std::string line = LastLine(err.End()); !line.empty()) delivery.detail += ": " + line;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      delivery.outcome = Delivery::Outcome::kDelivered;
      delivery.thread = ToPrintable(FirstLine(out.Begin()));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != kTryAgain) {
      delivery.outcome = Delivery::Outcome::kRefused;
    }
    return delivery;
  }

 private:
  static Delivery Again(std::string detail) {
    Delivery delivery;
    delivery.detail = std::move(detail);
    return delivery;
  }

  // Returns an errno, 0 for none.
  int Start(int in, int out, int err, pid_t& pid) const {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    const SpawnAttributes attributes;
    std::vector<std::string> arguments = argv_;
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
    std::string language = "LANG=C.UTF-8";
    char* const environment[] = {path.data(), language.data(), nullptr};
    const int error = posix_spawn(&pid, pointers[0], &actions, attributes.get(), pointers.data(), environment);
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  // Whether it ended by itself in time; else it is killed with all that it has started.
  static bool WaitFor(pid_t pid, int& status) {
    for (milliseconds waited{0}; waited < kLimit; waited += kBetweenLooks) {
      siginfo_t ended{};
      if (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
        kill(-pid, SIGKILL);  // what it left behind; its number is its own until it is waited for
        waitpid(pid, &status, 0);
        return true;
      }
      std::this_thread::sleep_for(kBetweenLooks);
    }
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return false;
  }

  const std::vector<std::string> argv_;
};

}  // namespace

std::unique_ptr<Channel> ProgramChannel(std::vector<std::string> argv) {
  return std::make_unique<Program>(std::move(argv));
}

}  // namespace fleet::coordinator
