#pragma once

#include <absl/functional/function_ref.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

namespace fleet {

// Runs part of a test in a child process with namespaces of its own, where it may mount, listen and give files away
// without being root and without touching the machine. Expectations that fail in there fail the test. Skips, and says
// why, where the kernel does not allow it. Everything but the child's main thread stays behind: no threads before.
class Namespaces {
 public:
  // Of CLONE_NEWNS, CLONE_NEWNET, ...; a user namespace is added for those who are not root.
  static void Run(int flags, absl::FunctionRef<void()> body) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (const int error = Enter(flags); error != 0) _exit(kRefused + (error < 60 ? error : 0));
      body();
      fflush(nullptr);
      _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "the child died of signal " << WTERMSIG(status);
    if (WEXITSTATUS(status) >= kRefused) {
      GTEST_SKIP() << "this machine allows no namespaces here: " << std::strerror(WEXITSTATUS(status) - kRefused);
    }
    EXPECT_EQ(WEXITSTATUS(status), 0) << "see above";
  }

  // Brings the loopback interface of a new network up.
  static bool RaiseLoopback() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request = {};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    const bool raised = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return raised;
  }

 private:
  static constexpr int kRefused = 100;

  static bool Write(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    return file.good();
  }

  // 0, or what was refused.
  static int Enter(int flags) {
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    if (uid != 0) flags |= CLONE_NEWUSER;
    if (unshare(flags) != 0) return errno;
    if (uid != 0) {
      const bool mapped = Write("/proc/self/setgroups", "deny") &&
                          Write("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") &&
                          Write("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
      if (!mapped) return EPERM;
    }
    // What is mounted in here stays in here.
    if ((flags & CLONE_NEWNS) != 0 && mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
    return 0;
  }
};

}  // namespace fleet
