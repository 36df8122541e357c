#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/local_workstation.h"
#include "agent/probe/liveness.h"
#include "agent/store/find_roots.h"
#include "tests/support/fake_clock.h"
#include "tests/support/process.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A store of a project in which a program called dgmo may run.
class SettlingTest : public testing::Test {
 protected:
  SettlingTest()
      : store_(StoreWriter::Program(dir_ / "home", SlugOf((dir_.Write("repo/.git/HEAD", ""), dir_ / "repo")))) {
    session_ = store_.AddConversation("A session");
    std::filesystem::create_directories(dir_ / "bin");
    std::filesystem::create_symlink("/bin/sleep", dir_ / "bin/dgmo");
    root_ = ResolveRoot(store_.path())->front();
  }
  void StartDgmo() {
    dgmo_ = Process({dir_ / "bin/dgmo", "600"}, {.environment = {}, .directory = dir_ / "repo", .output = ""});
    ASSERT_TRUE(Eventually([&] { return IsLive(root_); }));
  }
  // Cut now, as by a write that has only begun.
  std::string Damage() {
    const std::string path = root_.path + "/" + store_.InfoPath(session_);
    std::ofstream(path) << "{\"id\":";
    return path;
  }
  Examination Look(std::set<std::string> changed) {
    return workstation_.Examine({.everything = false, .stores = false, .changed = std::move(changed)});
  }
  std::size_t LookAt(const std::string& path) { return Look({path}).findings.size(); }

  const TempDir dir_;
  StoreWriter store_;
  std::string session_;
  Root root_;
  Process dgmo_;
  FakeClock clock_{ToMillis(SystemClock().Now())};
  DirectProbeRunner probes_;
  LocalWorkstation workstation_{
      clock_, {Target{{}, {ResolveRoot(store_.path())->front()}}}, dir_ / "state", {}, probes_};
};

TEST_F(SettlingTest, WithoutADgmoADamagedFileIsReportedAtOnce) {
  EXPECT_TRUE(workstation_.Examine({.everything = true, .stores = true, .changed = {}}).findings.empty());
  EXPECT_EQ(LookAt(Damage()), 1U);
}

TEST_F(SettlingTest, WithADgmoItIsReportedWhenItHasRestedAndWasLookedAtThreeTimes) {
  StartDgmo();
  EXPECT_TRUE(workstation_.Examine({.everything = true, .stores = true, .changed = {}}).findings.empty());
  const std::string path = Damage();
  Examination seen = Look({path});
  EXPECT_TRUE(seen.findings.empty());
  ASSERT_TRUE(seen.look_again);
  int looks = 0;
  std::chrono::milliseconds waited{0};
  // Whoever comes again when told to, and only then, sees it in time.
  while (seen.findings.empty() && seen.look_again && ++looks < 10) {
    clock_.Advance(*seen.look_again);
    waited += *seen.look_again;
    seen = Look({});
    if (seen.findings.empty() && waited > seconds(10)) {
      EXPECT_EQ(seen.unknown, std::vector<std::string>{path});
    }
  }
  EXPECT_EQ(seen.findings.size(), 1U);
  EXPECT_TRUE(seen.unknown.empty());
  EXPECT_GE(waited, seconds(14));
  EXPECT_LT(waited, seconds(16));
}

TEST_F(SettlingTest, WhatDgmoCompletesIsNeverReported) {
  StartDgmo();
  workstation_.Examine({.everything = true, .stores = true, .changed = {}});
  const std::string text = store_.Read(store_.InfoPath(session_));
  const std::string path = Damage();
  EXPECT_EQ(LookAt(path), 0U);
  clock_.Advance(milliseconds(10'600));
  EXPECT_EQ(LookAt(path), 0U);
  std::ofstream(path) << text;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(seconds(2));
    EXPECT_EQ(LookAt(path), 0U);
  }
}

}  // namespace
}  // namespace fleet::agent
