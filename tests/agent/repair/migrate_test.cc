#include "agent/repair/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tree.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MigrateTest : public testing::Test {
 protected:
  MigrateTest() : store_(StoreWriter::Program(dir_ / "home")) {
    const std::string session = store_.AddConversation("Refactor the ledger");
    store_.AddAgent(session, "Explorer");
    store_.Write("log/2025-07-08T091502.log", "INFO started\n");
    store_.Write(".notes", "mine");
    chmod((store_.path() + "/.notes").c_str(), 0640);
  }

  MigrationRequest Request(bool apply = true) const {
    MigrationRequest request{
        .root = store_.AsRoot(), .to = dir_ / "elsewhere/store", .apply = apply, .state = dir_ / "state"};
    request.root.app = "dgmo";
    request.root.name = "home-mira-src-payments-api";
    return request;
  }
  std::string Tree() const { return TreeText(store_.path(), FileTimes::kCompare); }
  static std::string ReasonOf(const absl::StatusOr<Migration>& migration) {
    EXPECT_TRUE(migration.ok()) << migration.status();
    return migration.ok() && migration->refusal ? migration->refusal->reason : "";
  }

  TempDir dir_;
  StoreWriter store_;
};

TEST_F(MigrateTest, CopiesEverythingAsItIsAndLeavesTheSource) {
  const std::string before = Tree();
  const auto migration = Migrate(Request());
  ASSERT_TRUE(migration.ok()) << migration.status();
  EXPECT_FALSE(migration->refusal.has_value());
  EXPECT_EQ(TreeText(migration->to, FileTimes::kCompare), before);
  EXPECT_EQ(Tree(), before);
  EXPECT_EQ(fs::status(migration->to + "/.notes").permissions(), fs::perms(0640));
  EXPECT_THAT(migration->left_out, IsEmpty());
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "elsewhere"), {}), 1) << "nothing lies beside it";
}

TEST_F(MigrateTest, APlanMakesNothing) {
  const auto migration = Migrate(Request(false));
  ASSERT_TRUE(migration.ok()) << migration.status();
  EXPECT_GT(migration->files, 5);
  EXPECT_FALSE(fs::exists(dir_ / "elsewhere"));
}

TEST_F(MigrateTest, SaysHowTheCopyIsUsed) {
  MigrationRequest request = Request(false);
  request.to = dir_ / "data/dgmo/project/home-mira-src-payments-api";
  EXPECT_THAT(Migrate(request)->advice.front(), HasSubstr("XDG_DATA_HOME=" + (dir_ / "data") + "."));
  request.root.kind = RootKind::kGuide;
  request.to = dir_ / "workspace/dgmo";
  EXPECT_THAT(Migrate(request)->advice.front(), HasSubstr("OPENCODE_DATA_PATH=" + (dir_ / "workspace") + "."));
}

TEST_F(MigrateTest, FollowsNoLinkAndNamesIt) {
  dir_.Write("secret", "not of the store");
  fs::create_symlink(dir_ / "secret", store_.path() + "/link");
  const auto migration = Migrate(Request());
  ASSERT_TRUE(migration.ok()) << migration.status();
  EXPECT_THAT(migration->left_out, ElementsAre("link"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(migration->to + "/link")));
}

TEST_F(MigrateTest, RefusesAPlaceThatIsTakenOrInside) {
  MigrationRequest request = Request();
  fs::create_directories(request.to);
  EXPECT_EQ(ReasonOf(Migrate(request)), "exists");
  request.to = store_.path() + "/storage/copy";
  EXPECT_EQ(ReasonOf(Migrate(request)), "inside");
  EXPECT_FALSE(fs::exists(request.to));
}

TEST_F(MigrateTest, WhatAnInterruptedRunLeftIsRemoved) {
  dir_.Write("elsewhere/store.dgmo-agent-migrating/half", "half");
  const std::string before = Tree();
  const auto migration = Migrate(Request());
  ASSERT_TRUE(migration.ok()) << migration.status();
  EXPECT_EQ(TreeText(migration->to, FileTimes::kCompare), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "elsewhere"), {}), 1);
}

TEST_F(MigrateTest, WhatChangesMeanwhileIsNoCopy) {
  store_.Write("log/busy.log", "x");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    std::fstream log(store_.path() + "/log/busy.log");
    for (int i = 0; !stop; ++i) log.seekp(0) << i << std::flush;
  });
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {  // until the writer gets its turn in between
    fs::remove_all(dir_ / "elsewhere/store");
    status = Migrate(Request()).status();
  }
  stop = true;
  writer.join();
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("busy.log"));
  EXPECT_TRUE(fs::is_empty(dir_ / "elsewhere"));
}

}  // namespace
}  // namespace fleet::agent
