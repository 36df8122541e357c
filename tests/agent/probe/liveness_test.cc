#include "agent/probe/liveness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "agent/checks/facts/network_facts.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

TEST(Slug, FollowsTheProgramsRules) {
  EXPECT_EQ(SlugOf("/home/mira/src/payments-api"), "home-mira-src-payments-api");
  EXPECT_EQ(SlugOf("/a.b//c_d"), "a-b-c_d");
  EXPECT_EQ(SlugOf("/home/dev/caf\xC3\xA9"), "home-dev-caf-");
  EXPECT_EQ(SlugOf("/x/\xF0\x9F\x98\x80"), "x---");
}

TEST(Slug, IsOfTheNearestGitRootAbove) {
  const TempDir dir;
  dir.Write("repo/.git/HEAD", "");
  dir.Write("repo/vendor/lib/.git", "gitdir: elsewhere");
  std::filesystem::create_directories(dir / "repo/src/deep");
  EXPECT_EQ(SlugOfWorkingDirectory(dir / "repo/src/deep"), SlugOf(dir / "repo"));
  EXPECT_EQ(SlugOfWorkingDirectory(dir / "repo/vendor/lib"), SlugOf(dir / "repo/vendor/lib"));
  EXPECT_EQ(SlugOfWorkingDirectory(dir.path()), "global");
}

// A program called dgmo that waits in a directory.
class FakeDgmo {
 public:
  FakeDgmo(const TempDir& dir, const std::string& directory, const std::string& open_file,
           const std::string& home = "/nowhere", int socket = -1) {
    const std::string program = dir / "bin/dgmo";
    std::filesystem::create_directories(dir / "bin");
    std::filesystem::copy_file("/bin/cat", program, std::filesystem::copy_options::overwrite_existing);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int pipe_ends[2];
    EXPECT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
    input_ = pipe_ends[1];
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[0], 0);
    posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    if (!open_file.empty()) posix_spawn_file_actions_addopen(&actions, 9, open_file.c_str(), O_RDONLY, 0);
    if (socket >= 0) posix_spawn_file_actions_adddup2(&actions, socket, 10);
    std::string name = "dgmo";
    char* argv[] = {name.data(), nullptr};
    std::string home_variable = "HOME=" + home;
    char* environment[] = {home_variable.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[0]);
  }
  ~FakeDgmo() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
};

Root RootAt(const std::string& path, const std::string& name) {
  Root root;
  root.path = path;
  root.name = name;
  root.owner = geteuid();
  return root;
}

TEST(Liveness, ADgmoProcessInTheProjectMakesItsRootLive) {
  const TempDir dir;
  dir.Write("repo/.git/HEAD", "");
  const Root root = RootAt(dir / "store", SlugOf(dir / "repo"));
  EXPECT_FALSE(IsLive(root));
  {
    const FakeDgmo dgmo(dir, dir / "repo", "");
    EXPECT_TRUE(IsLive(root));
    EXPECT_TRUE(IsLive(RootAt(dir / "any", "unified")));
    EXPECT_FALSE(IsLive(RootAt(dir / "store", "another-project")));
  }
  EXPECT_FALSE(IsLive(root));
}

TEST(Liveness, ADgmoInTheWorkspaceMakesTheGuidesRootLive) {
  Root root = RootAt("/d/opencode/User/workspaceStorage/w/dgmo", "w");
  root.kind = RootKind::kGuide;
  const auto in = [&](const std::string& directory) {
    const DgmoProcess process{1, geteuid(), directory, {}};
    return IsLive(root, std::span(&process, 1));
  };
  EXPECT_TRUE(in("/d/opencode/User/workspaceStorage/w"));
  EXPECT_TRUE(in("/d/opencode/User/workspaceStorage/w/src"));
  EXPECT_FALSE(in("/d/opencode/User/workspaceStorage/w2"));
  EXPECT_TRUE(in("")) << "where it works may not be seen";
}

TEST(Liveness, AnOpenFileBelowTheRootMakesItLive) {
  const TempDir dir;
  dir.Write("store/storage/x.json", "{}");
  const FakeDgmo dgmo(dir, "/", dir / "store/storage/x.json");
  EXPECT_TRUE(IsLive(RootAt(dir / "store", "unrelated")));
  EXPECT_FALSE(IsLive(RootAt(dir / "sto", "unrelated")));
}

// A socket that listens on one of dgmo's ports, on an address of loopback that nobody else uses.
class ListeningSocket {
 public:
  ListeningSocket() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(kDgmoPorts[0]);
    inet_pton(AF_INET, "127.77.0.9", &address.sin_addr);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
  }
  ~ListeningSocket() { close(socket_); }
  int get() const { return socket_; }

 private:
  int socket_;
};

TEST(Liveness, ADgmoThatServesIsAtWorkOnEveryRoot) {
  const TempDir dir;
  const Root root = RootAt(dir / "store", "unrelated");
  const ListeningSocket socket;
  {
    const FakeDgmo elsewhere(dir, "/", "");
    EXPECT_FALSE(IsLive(root)) << "somebody else listens there";
  }
  const FakeDgmo server(dir, "/", "", "/nowhere", socket.get());
  EXPECT_TRUE(IsLive(root));
}

TEST(Liveness, AProcessIsAtWorkInItsOwnHomeOnly) {
  const TempDir dir;
  const TempDir other;
  std::filesystem::create_directories(dir / "work");
  Home home;
  home.path = dir.path();
  home.owner = geteuid();
  EXPECT_TRUE(DirectoriesOfDgmo(home).empty());
  const FakeDgmo dgmo(dir, dir / "work", "", dir.path());
  EXPECT_EQ(DirectoriesOfDgmo(home), std::vector<std::string>{dir / "work"});
  home.path = other.path();
  EXPECT_TRUE(DirectoriesOfDgmo(home).empty());
}

}  // namespace
}  // namespace fleet::agent
