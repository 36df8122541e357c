#include "agent/probe/access_probe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/probe/load_time.h"
#include "agent/store/find_roots.h"
#include "tests/support/namespaces.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AccessProbe : public ::testing::Test {
 protected:
  AccessProbe() {
    AddBreakableSessions(store_);
    Chmod("", 0755);  // mkdtemp makes it private
  }

  HomeModel Look() const {
    absl::StatusOr<HomeModel> home = Inspect({*HomeAt(home_.path(), false), {}}, [](std::chrono::milliseconds) {});
    EXPECT_TRUE(home.ok()) << home.status();
    return *std::move(home);
  }
  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    for (const Finding& finding : CheckHome(Look(), std::int64_t{std::time(nullptr)} * 1000)) {
      codes.push_back(finding.code + " " + std::string(SeverityText(finding.severity)));
    }
    return codes;
  }
  void Chmod(const std::string& below, mode_t mode) const { ASSERT_EQ(chmod((home_ / below).c_str(), mode), 0); }

  TempDir home_;
  StoreWriter store_ = StoreWriter::Program(home_.path());
};

TEST_F(AccessProbe, OfAnOrdinaryHomeNothingIsSaid) { EXPECT_THAT(Codes(), IsEmpty()); }

TEST_F(AccessProbe, AuthJsonIsForItsOwnerAlone) {
  home_.Write(".local/share/dgmo/auth.json", "{\"p\":{\"key\":\"secret\"}}");
  Chmod(".local/share/dgmo/auth.json", 0600);
  EXPECT_THAT(Codes(), IsEmpty());
  Chmod(".local/share/dgmo/auth.json", 0604);
  EXPECT_THAT(Codes(), ElementsAre("PERM_SECRET_EXPOSED P2"));
}

TEST_F(AccessProbe, AConfigurationWithAKeyIsNotForOthers) {
  home_.Write(".config/dgmo/config.json", R"({"provider":{"p":{"models":{},"options":{"apiKey":"sk-1"}}}})");
  Chmod(".config/dgmo/config.json", 0644);
  EXPECT_THAT(Codes(), Contains("PERM_SECRET_EXPOSED P2"));
  Chmod(".config/dgmo", 0700);
  EXPECT_THAT(Codes(), testing::Not(Contains("PERM_SECRET_EXPOSED P2"))) << "others cannot get there";
}

TEST_F(AccessProbe, WhatEverybodyMayWriteIsSeenInARoot) {
  Chmod(".local/share/dgmo", 0777);
  const std::string info = store_.path() + "/storage/session/info";
  ASSERT_EQ(chmod(info.c_str(), 01777), 0);
  EXPECT_THAT(Codes(), ElementsAre("PERM_WORLD_WRITABLE P2", "PERM_WORLD_WRITABLE P2"));
}

TEST_F(AccessProbe, ForeignOwnersAreSeenByWhoeverLooks) {
  Namespaces::Run(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER, [&] {
    const std::string record = store_.path() + "/storage/session/sub-sessions";
    if (chown(record.c_str(), 12345, static_cast<gid_t>(-1)) != 0) return;  // only root may, and only uids it has
    EXPECT_THAT(Codes(), ElementsAre("PERM_OWNER_MISMATCH P0"));
    ASSERT_EQ(chown(record.c_str(), geteuid(), static_cast<gid_t>(-1)), 0);
    // The home is another's, the folder root's.
    ASSERT_EQ(chown(home_.path().c_str(), 12345, static_cast<gid_t>(-1)), 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home_.path())) {
      ASSERT_EQ(lchown(entry.path().c_str(), 12345, static_cast<gid_t>(-1)), 0);
    }
    ASSERT_EQ(chown(record.c_str(), 0, static_cast<gid_t>(-1)), 0);
    EXPECT_THAT(Codes(), ElementsAre("PERM_OWNER_MISMATCH P1"));
  });
}

TEST_F(AccessProbe, AnImmutableFileIsSeenWithoutAsking) {
  const std::string info = store_.path() + "/storage/session/info";
  const int fd = open(info.c_str(), O_RDONLY | O_DIRECTORY);
  int flags = 0;
  ASSERT_GE(fd, 0);
  const bool set = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags |= FS_IMMUTABLE_FL, true) &&
                   ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
  if (!set) {
    close(fd);
    GTEST_SKIP() << "only root may set the attribute, and not on every file system";
  }
  const std::vector<std::string> codes = Codes();
  flags &= ~FS_IMMUTABLE_FL;
  EXPECT_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
  close(fd);
  EXPECT_THAT(codes, ElementsAre("PERM_IMMUTABLE P2"));
}

TEST_F(AccessProbe, RootsNamedOneByOneAreJudgedByTheirOwnOwner) {
  const auto roots = ResolveRoot(store_.path());
  ASSERT_TRUE(roots.ok());
  const auto home = Inspect({{}, *roots}, [](std::chrono::milliseconds) {});
  ASSERT_TRUE(home.ok());
  EXPECT_THAT(CheckHome(*home, std::int64_t{std::time(nullptr)} * 1000), IsEmpty());
  EXPECT_FALSE(home->roots[0].access.groups().empty());
}

TEST_F(AccessProbe, TheListingIsTimedOverTheInfosThatDgmoLists) {
  const auto roots = ResolveRoot(store_.path());
  ASSERT_TRUE(roots.ok());
  const auto time = TimeListing(roots->front());
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_EQ(time->infos, static_cast<std::int64_t>(Look().roots[0].sessions.size()));
  EXPECT_GT(time->total_ms, 0);
  EXPECT_GE(time->total_ms, time->slowest_ms);
}

}  // namespace
}  // namespace fleet::agent
