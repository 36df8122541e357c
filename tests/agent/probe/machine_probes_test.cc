// The machine as the probes see it, where it is broken on purpose: in namespaces of the test's own.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <filesystem>

#include "agent/checks/check.h"
#include "agent/probe/listeners.h"
#include "agent/probe/localhost.h"
#include "agent/probe/loopback.h"
#include "agent/probe/probes.h"
#include "agent/probe/processes.h"
#include "tests/support/namespaces.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::chrono::milliseconds kLimit{5'000};

HomeModel HomeAt(const std::string& path) {
  HomeModel home;
  home.home.path = path;
  home.home.config_home = path + "/.config";
  home.home.data_home = path + "/.local/share";
  return home;
}

std::vector<std::string> CodesAt(const MachineModel& machine, const std::string& path) {
  std::vector<std::string> codes;
  for (const Finding& finding : CheckMachine(machine, 0)) {
    if (finding.path == path) codes.push_back(finding.code);
  }
  return codes;
}

std::vector<std::string> CodesOfFilesystem(const std::string& mounted) {
  const HomeModel homes[] = {HomeAt(mounted)};
  MachineModel machine;
  ProbeFilesystems(CheckSettings(), homes, machine);
  return CodesAt(machine, mounted);
}

void Mount(const std::string& where, const std::string& options) {
  ASSERT_EQ(mount("tmpfs", where.c_str(), "tmpfs", 0, options.c_str()), 0) << std::strerror(errno);
}

TEST(FilesystemProbe, SeesAFullOne) {
  const TempDir dir;
  Namespaces::Run(CLONE_NEWNS, [&] {
    Mount(dir.path(), "size=4m");
    EXPECT_THAT(CodesOfFilesystem(dir.path()), Contains("DISK_SPACE_CRITICAL")) << "less than a gibibyte, for data";
    MachineModel machine;
    const HomeModel homes[] = {HomeAt(dir.path())};
    CheckSettings small;
    small.disk_free_low_gib = small.disk_free_critical_gib = 0;
    ProbeFilesystems(small, homes, machine);
    EXPECT_THAT(CheckMachine(machine, 0, small), Not(Contains(::testing::Field(&Finding::path, dir.path()))));
    dir.Write("filler", std::string(4 * 1024 * 1024 - 64 * 1024, 'x'));
    ProbeFilesystems(small, homes, machine);
    EXPECT_THAT(CheckMachine(machine, 0, small), Contains(::testing::Field(&Finding::code, "DISK_SPACE_CRITICAL")));
  });
}

TEST(FilesystemProbe, SeesThatNoFileFitsAnyMore) {
  const TempDir dir;
  Namespaces::Run(CLONE_NEWNS, [&] {
    Mount(dir.path(), "nr_inodes=100");
    EXPECT_THAT(CodesOfFilesystem(dir.path()), Not(Contains("INODE_LOW")));
    for (int i = 0; i < 92; ++i) dir.Write("f" + std::to_string(i), "");
    EXPECT_THAT(CodesOfFilesystem(dir.path()), Contains("INODE_LOW"));
    for (int i = 92; i < 99; ++i) dir.Write("f" + std::to_string(i), "");
    EXPECT_THAT(CodesOfFilesystem(dir.path()), Contains("INODE_CRITICAL"));
  });
}

TEST(FilesystemProbe, SeesThatNothingCanBeWritten) {
  const TempDir dir;
  Namespaces::Run(CLONE_NEWNS, [&] {
    Mount(dir.path(), "size=1m");
    EXPECT_THAT(CodesOfFilesystem(dir.path()), Not(Contains("STORAGE_READONLY_FS")));
    const std::string& path = dir.path();
    ASSERT_EQ(mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
    EXPECT_THAT(CodesOfFilesystem(path), ::testing::ElementsAre("STORAGE_READONLY_FS"));
  });
}

TEST(FilesystemProbe, TellsOfOneFilesystemOnce) {
  const TempDir dir;
  fs::create_directories(dir / "backups");
  fs::create_directories(dir / ".config/dgmo");
  const HomeModel homes[] = {HomeAt(dir.path())};
  MachineModel machine;
  ProbeFilesystems(CheckSettings(), homes, machine);
  int with_backups = 0;
  for (const Filesystem& filesystem : machine.filesystems->filesystems) {
    if (!filesystem.holds_backups) continue;
    ++with_backups;
    EXPECT_TRUE(filesystem.holds_data);
    EXPECT_THAT(filesystem.paths, Contains(dir / ".config/dgmo"));
    EXPECT_GT(filesystem.total_bytes, 0);
  }
  EXPECT_EQ(with_backups, 1);
}

// A program of this name that has so many files open, of so many that it may have.
class FakeProgram {
 public:
  FakeProgram(const TempDir& dir, const std::string& name, int open_files, rlim_t limit) {
    const std::string program = dir / name;
    fs::copy_file("/bin/cat", program, fs::copy_options::overwrite_existing);
    int pipe_ends[2];
    EXPECT_EQ(pipe(pipe_ends), 0);
    input_ = pipe_ends[1];
    pid_ = fork();
    if (pid_ == 0) {
      dup2(pipe_ends[0], 0);
      close(pipe_ends[1]);
      close_range(3, ~0U, 0);
      for (int i = 3; i < open_files; ++i) open("/dev/null", O_RDONLY);
      const rlimit most = {limit, limit};
      setrlimit(RLIMIT_NOFILE, &most);
      execl(program.c_str(), name.c_str(), nullptr);
      _exit(1);
    }
    close(pipe_ends[0]);
    // It is what it will be once it has become the program.
    for (int i = 0; i < 1000 && LookAt().name != name; ++i) usleep(1000);
  }
  ~FakeProgram() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  ProcessInfo LookAt() const { return LookAtProcess(pid_).value_or(ProcessInfo()); }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
};

TEST(ProcessProbe, SeesADgmoThatHasAlmostNoDescriptorLeft) {
  const TempDir dir;
  const FakeProgram dgmo(dir, "dgmo", 60, 64);
  MachineModel machine;
  ProbeProcesses(CheckSettings(), {}, machine);
  const std::vector<ProcessInfo>& seen = machine.processes->processes;
  const auto found = std::find_if(seen.begin(), seen.end(), [&](const auto& p) { return p.pid == dgmo.pid(); });
  ASSERT_NE(found, seen.end());
  EXPECT_TRUE(found->runs_dgmo);
  EXPECT_EQ(found->exe, dir / "dgmo");
  EXPECT_EQ(found->uid, geteuid());
  EXPECT_GE(found->rss_bytes, 0) << "the kernel counts in batches: so small a program may seem to have none";
  ASSERT_TRUE(found->descriptors);
  EXPECT_EQ(found->descriptors->soft_limit, 64);
  EXPECT_GE(found->descriptors->open, 60);
  EXPECT_LE(found->descriptors->open, 61) << "the loader may still hold a library open";
  EXPECT_THAT(CheckMachine(machine, 0), Contains(::testing::Field(&Finding::code, "FD_LIMIT_NEAR")));
}

TEST(ProcessProbe, KnowsDgmoByItsNameOrByTheEngineThatRunsIt) {
  const std::string alone[] = {"x"};
  const std::string script[] = {"bun", "run", "/home/mira/.dgmo/bin/dgmo"};
  const std::string other[] = {"bun", "run", "/home/mira/src/dgmo-notes/index.ts"};
  EXPECT_TRUE(RunsDgmo("/home/mira/.dgmo/bin/dgmo", alone));
  EXPECT_TRUE(RunsDgmo("/usr/bin/bun", script));
  EXPECT_TRUE(RunsDgmo("", script)) << "another user's: only the arguments can be seen";
  EXPECT_FALSE(RunsDgmo("/usr/bin/bun", other));
  EXPECT_FALSE(RunsDgmo("/usr/bin/vim", script));
  EXPECT_FALSE(RunsDgmo("", {}));
}

// A socket that listens on a port of loopback; -1 when that is taken.
int Listen(std::uint16_t port, int backlog = 1) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(fd, backlog) == 0) return fd;
  close(fd);
  return -1;
}

TEST(NetworkProbe, SeesWhoseThePortOfQdrantIs) {
  Namespaces::Run(CLONE_NEWNET, [] {
    ASSERT_TRUE(Namespaces::RaiseLoopback());
    ASSERT_TRUE(ListenersOn(kQdrantPort).ok());
    EXPECT_THAT(*ListenersOn(kQdrantPort), IsEmpty());
    const int fd = Listen(kQdrantPort);
    ASSERT_GE(fd, 0);
    const std::vector<Listener> listeners = *ListenersOn(kQdrantPort);
    ASSERT_EQ(listeners.size(), 1U);
    EXPECT_EQ(listeners[0].owner.pid, getpid());
    EXPECT_EQ(listeners[0].address, Listener::Address::kLoopback);
    EXPECT_EQ(listeners[0].owner.exe, fs::read_symlink("/proc/self/exe").string());
    ASSERT_TRUE(listeners[0].owner.age_ms);
    EXPECT_GE(*listeners[0].owner.age_ms, 0);
    // It takes the connection and never answers it.
    EXPECT_EQ(ConnectOverLoopback(kQdrantPort, IpFamily::kIpv4, kLimit), ConnectOutcome::kConnected);
    EXPECT_FALSE(AnswersAsQdrant(kQdrantPort, IpFamily::kIpv4, std::chrono::milliseconds(50)));
    MachineModel machine;
    machine.network = NetworkFacts{listeners, std::nullopt, {}};
    EXPECT_THAT(CodesAt(machine, "127.0.0.1:6333"), Contains("PORT_CONFLICT"));
    close(fd);
    EXPECT_EQ(ConnectOverLoopback(kQdrantPort, IpFamily::kIpv4, kLimit), ConnectOutcome::kRefused);
  });
}

// No packet filter is at hand in a namespace, but a network without its loopback interface raised drops packets too.
TEST(NetworkProbe, TellsAnAnswerThatNeverComesFromARefusal) {
  Namespaces::Run(CLONE_NEWNET, [] {
    ASSERT_TRUE(Namespaces::RaiseLoopback());
    const int fd = Listen(kQdrantPort, 0);
    ASSERT_GE(fd, 0);
    // A queue of one: the third connection is left without an answer, as a filter would.
    int waiting[4];
    for (int& one : waiting) {
      one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(kQdrantPort);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      connect(one, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    EXPECT_EQ(ConnectOverLoopback(kQdrantPort, IpFamily::kIpv4, std::chrono::milliseconds(50)),
              ConnectOutcome::kTimedOut);
    const std::vector<Listener> listeners = *ListenersOn(kQdrantPort);
    ASSERT_EQ(listeners.size(), 1U);
    EXPECT_GT(listeners[0].waiting, 0U) << "so that this is not taken for a filter";
  });
}

TEST(NetworkProbe, ResolvesLocalhostByTheHostsFile) {
  const TempDir dir;
  Namespaces::Run(CLONE_NEWNS | CLONE_NEWNET, [&] {
    const auto hosts = [&](const std::string& text) {
      dir.Write("hosts", text);
      dir.Write("nsswitch.conf", "hosts: files\n");
      ASSERT_EQ(mount((dir / "hosts").c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr), 0);
      if (fs::exists("/etc/nsswitch.conf")) {
        ASSERT_EQ(mount((dir / "nsswitch.conf").c_str(), "/etc/nsswitch.conf", nullptr, MS_BIND, nullptr), 0);
      }
    };
    hosts("127.0.0.1 localhost\n");
    const auto usual = ResolveLocalhost(kLimit);
    ASSERT_TRUE(usual);
    EXPECT_TRUE(usual->ipv4_loopback);
    EXPECT_TRUE(usual->in_hosts_file);
    EXPECT_FALSE(usual->elsewhere);
    dir.Write("hosts", "192.0.2.7 localhost\n");
    const auto elsewhere = ResolveLocalhost(kLimit);
    ASSERT_TRUE(elsewhere);
    EXPECT_FALSE(elsewhere->ipv4_loopback);
    EXPECT_TRUE(elsewhere->elsewhere);
    dir.Write("hosts", "127.0.0.1 machine\n");
    const auto nothing = ResolveLocalhost(kLimit);
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->ipv4_loopback || nothing->ipv6_loopback || nothing->elsewhere);
    EXPECT_FALSE(nothing->in_hosts_file);
  });
}

}  // namespace
}  // namespace fleet::agent
