#include "agent/probe/storage_probe.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "common/status.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tree.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

TEST(StorageProbe, TriesEverythingAndLeavesNothing) {
  const TempDir dir;
  dir.Write("app.json", "{}");
  const std::string before = TreeText(dir.path());
  const StorageTrial trial = TryStorage(dir.path(), SystemClock());
  EXPECT_EQ(trial.failed, "") << trial.why;
  EXPECT_EQ(trial.steps.size(), 11U);
  EXPECT_EQ(TreeText(dir.path()), before);
}

TEST(StorageProbe, CleansUpAfterOneThatWasKilled) {
  const TempDir dir;
  dir.Write(".dgmo-agent-probe/old", "half");
  dir.Write(".dgmo-agent-probe/new", "");
  EXPECT_EQ(TryStorage(dir.path(), SystemClock()).failed, "");
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(StorageProbe, FollowsNoLinkOutOfTheRoot) {
  const TempDir dir;
  dir.Write("elsewhere/old", "precious");
  fs::create_directory(dir / "root");
  fs::create_directory_symlink(dir / "elsewhere", dir / "root/.dgmo-agent-probe");
  EXPECT_EQ(TryStorage(dir / "root", SystemClock()).failed, "mkdir");
  EXPECT_TRUE(fs::exists(dir / "elsewhere/old"));
}

TEST(StorageProbe, KeepsWhatIsNotItsOwn) {
  const TempDir dir;
  dir.Write(".dgmo-agent-probe/somebody's", "precious");
  EXPECT_EQ(TryStorage(dir.path(), SystemClock()).failed, "remove");
  EXPECT_TRUE(fs::exists(dir / ".dgmo-agent-probe/somebody's"));
}

TEST(StorageProbe, NamesTheStepThatFailed) {
  const TempDir dir;
  const StorageTrial trial = TryStorage(dir / "none", SystemClock());
  EXPECT_EQ(trial.failed, "open");
  EXPECT_EQ(ErrnoOf(trial.why), ENOENT);
}

}  // namespace
}  // namespace fleet::agent
