#include "agent/probe/environment.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "agent/probe/inspect.h"
#include "agent/store/find_roots.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A program called dgmo with these variables, until it is destroyed.
class FakeDgmo {
 public:
  FakeDgmo(const TempDir& dir, std::vector<std::string> variables) {
    const std::string program = dir / "bin/dgmo";
    std::filesystem::create_directories(dir / "bin");
    std::filesystem::copy_file("/bin/cat", program, std::filesystem::copy_options::overwrite_existing);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    input_ = ends[1];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    std::string name = "dgmo";
    char* argv[] = {name.data(), nullptr};
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
  }
  ~FakeDgmo() {
    close(input_);
    waitpid(pid_, nullptr, 0);
  }
  FakeDgmo(const FakeDgmo&) = delete;
  FakeDgmo& operator=(const FakeDgmo&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
};

HomeModel Inspected(const TempDir& home) {
  Target target;
  target.home = HomeAt(home.path(), false).value();
  return Inspect(target, [](std::chrono::milliseconds) {}).value();
}

constexpr char kInfo[] =
    R"({"id":"ses_a","version":"1","title":"T","time":{"created":1751966102117,"updated":1751966108427}})";

TEST(ProcessEnvironment, NamesFurtherPlacesOfTheHome) {
  const TempDir home;
  home.Write("other/dgmo/project/p/app.json", "{}");
  home.Write("other/dgmo/project/p/storage/session/info/ses_a.json", kInfo);
  EXPECT_THAT(Inspected(home).roots, IsEmpty());
  const FakeDgmo dgmo(home,
                      {"HOME=" + home.path(), "XDG_DATA_HOME=" + (home / "other"), "OPENCODE_DATA_PATH=/nowhere"});
  const HomeModel model = Inspected(home);
  ASSERT_EQ(model.roots.size(), 1U);
  EXPECT_EQ(model.roots[0].root.path, std::filesystem::canonical(home / "other/dgmo/project/p").string());
  EXPECT_EQ(model.roots[0].root.app, "dgmo");
  EXPECT_THAT(model.lost_data_paths, ElementsAre(NamedPlace{"/nowhere", dgmo.pid()}));
}

TEST(OwnEnvironment, LeadsToARootOrIsTold) {
  const TempDir home;
  home.Write("data/dgmo/sessions/ses_a.json", kInfo);
  const auto inspected = [&](const std::string& value) {
    EXPECT_EQ(setenv("OPENCODE_DATA_PATH", value.c_str(), 1), 0);
    Target target;
    target.home = HomeAt(home.path(), true).value();
    EXPECT_EQ(unsetenv("OPENCODE_DATA_PATH"), 0);
    return Inspect(target, [](std::chrono::milliseconds) {}).value();
  };
  const HomeModel good = inspected(home / "data");
  EXPECT_EQ(good.roots.size(), 1U);
  EXPECT_THAT(good.lost_data_paths, IsEmpty());
  const HomeModel bad = inspected(home / "dat");
  EXPECT_THAT(bad.roots, IsEmpty());
  EXPECT_THAT(bad.lost_data_paths, ElementsAre(NamedPlace{home / "dat", 0}));
}

TEST(ProcessEnvironment, OfAnotherHomeOrWithRelativePathsIsNone) {
  const TempDir home;
  const TempDir other;
  home.Write("other/dgmo/project/p/app.json", "{}");
  const FakeDgmo stranger(other, {"HOME=" + other.path(), "XDG_DATA_HOME=" + (home / "other")});
  const TempDir programs;  // a running one cannot be written again
  const FakeDgmo homeless(programs, {"XDG_DATA_HOME=" + (home / "other")});
  const FakeDgmo relative(
      home, {"HOME=" + home.path(), "XDG_DATA_HOME=other", "OPENCODE_DATA_PATH=other", "NOT_XDG_DATA_HOME=/x"});
  const Home found = WithEnvironmentOfProcesses(HomeAt(home.path(), false).value());
  EXPECT_THAT(found.more_data_homes, IsEmpty());
  EXPECT_THAT(found.data_paths, IsEmpty());
}

TEST(ProcessEnvironment, LeadsNobodyIntoTheDataOfAnother) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder to somebody else";
  const TempDir home;
  const TempDir victim;
  victim.Write("dgmo/project/p/app.json", "{}");
  ASSERT_EQ(chown((victim / "dgmo/project/p").c_str(), 65534, 65534), 0);
  const FakeDgmo dgmo(home, {"HOME=" + home.path(), "XDG_DATA_HOME=" + victim.path(),
                             "OPENCODE_DATA_PATH=" + (victim / "dgmo/project/p")});
  EXPECT_THAT(Inspected(home).roots, IsEmpty());
  ASSERT_EQ(chown((victim / "dgmo/project/p").c_str(), 0, 0), 0);
  EXPECT_EQ(Inspected(home).roots.size(), 1U) << "named twice, looked at once";
  ASSERT_EQ(chown(victim.path().c_str(), 65534, 65534), 0);
  EXPECT_EQ(Inspected(home).roots.size(), 1U) << "by the path that names the root itself";
}

}  // namespace
}  // namespace fleet::agent
