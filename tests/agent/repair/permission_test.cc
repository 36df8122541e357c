#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class PermissionTest : public EngineTest {
 protected:
  PermissionTest() { store_.WriteIndex(parent_, {first_, second_}); }

  void Chmod(const std::string& path, mode_t mode) const { ASSERT_EQ(chmod(path.c_str(), mode), 0) << path; }
  mode_t ModeOf(const std::string& path) const { return StatOf(path).st_mode & 07777; }
  static struct stat StatOf(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found;
  }
  std::string Info(const std::string& session) const { return root_ + "/" + store_.InfoPath(session); }

  // Applies, expects success, that a second run plans nothing, and that undo gives the very same tree back.
  void ExpectMended(const std::function<void()>& look, std::span<const Repair* const> repairs = AllRepairs()) {
    const std::string tree = TreeText(home_);
    const RepairRun run = Apply({}, repairs);
    EXPECT_THAT(Outcomes(run), Each("R-PERM applied"));
    EXPECT_FALSE(run.journal.empty());
    look();
    EXPECT_THAT(Apply({}, repairs).plans, IsEmpty());
    const UndoRun undone = Undo(run.journal);
    EXPECT_FALSE(undone.refusal) << undone.refusal->text;
    EXPECT_EQ(TreeText(home_), tree);
  }

  std::string home_ = dir_ / "home";
  std::string infos_ = root_ + "/storage/session/info";
};

TEST_F(PermissionTest, FilesGetWhatTheirOwnerNeedsAndNoMore) {
  Chmod(Info(parent_), 0444);
  Chmod(Info(first_), 0000);
  ExpectMended([&] {
    EXPECT_EQ(ModeOf(Info(parent_)), 0644U);
    EXPECT_EQ(ModeOf(Info(first_)), 0600U);
  });
}

TEST_F(PermissionTest, FoldersGetWhatTheirOwnerNeeds) {
  Chmod(infos_, 0555);
  ExpectMended([&] { EXPECT_EQ(ModeOf(infos_), 0755U); });
}

TEST_F(PermissionTest, TheRootItselfIsMendedToo) {
  Chmod(root_, 0577);
  ExpectMended([&] { EXPECT_EQ(ModeOf(root_), 0755U); });
}

TEST_F(PermissionTest, OthersLoseTheRightToWriteAndNoOther) {
  Chmod(infos_, 0777);
  Chmod(Info(parent_), 0666);
  const std::string message = root_ + "/" + store_.ConversationPath(parent_);
  for (const auto& entry : std::filesystem::directory_iterator(message)) Chmod(entry.path(), 0622);
  ExpectMended([&] {
    EXPECT_EQ(ModeOf(infos_), 0755U);
    EXPECT_EQ(ModeOf(Info(parent_)), 0644U);
    for (const auto& entry : std::filesystem::directory_iterator(message)) EXPECT_EQ(ModeOf(entry.path()), 0600U);
  });
}

TEST_F(PermissionTest, MoreFilesThanAFindingNames) {
  std::vector<std::string> infos;
  for (int i = 0; i < 50; ++i) infos.push_back(Info(store_.AddConversation("Session " + std::to_string(i))));
  for (const std::string& info : infos) Chmod(info, 0446);
  ExpectMended([&] {
    for (const std::string& info : infos) EXPECT_EQ(ModeOf(info), 0644U);
  });
}

TEST_F(PermissionTest, SecretsAreOnlyForTheirOwner) {
  const std::string auth = home_ + "/.local/share/dgmo/auth.json";
  std::ofstream(auth) << "{\"example\":{\"key\":\"not-a-key\"}}";
  Chmod(auth, 0644);
  store_.Write("storage/session/share/" + parent_ + ".json", R"({"secret":"s","url":"https://dgmo.ai/s/x"})");
  for (std::string above = root_; above.size() > home_.size(); above.resize(above.rfind('/'))) Chmod(above, 0755);
  Chmod(home_, 0755);
  const std::string tree = TreeText(home_);
  const RepairRun run = Apply();
  EXPECT_THAT(Outcomes(run), Each("R-PERM applied"));
  EXPECT_EQ(ModeOf(auth), 0600U);
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(TreeText(home_), tree);
}

TEST_F(PermissionTest, TheGuidesRightsNeverOpenSecretsNorMakeDataExecutable) {
  Chmod(infos_, 0700);
  Chmod(Info(parent_), 0400);
  Chmod(Info(first_), 0600);
  const std::string auth = home_ + "/.local/share/dgmo/auth.json";
  std::ofstream(auth) << "{}";
  Chmod(auth, 0666);
  ExpectMended(
      [&] {
        EXPECT_EQ(ModeOf(Info(parent_)), 0644U);
        EXPECT_EQ(ModeOf(Info(first_)), 0600U) << "nothing is wrong with it";
        EXPECT_EQ(ModeOf(auth), 0600U);
      },
      AllRepairs(PermissionPolicy::kGuide));
}

TEST_F(PermissionTest, WhatRootOwnsGoesBackToTheUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  std::filesystem::recursive_directory_iterator all(home_);
  ASSERT_EQ(chown(home_.c_str(), 65534, 65534), 0);
  for (const auto& entry : all) ASSERT_EQ(lchown(entry.path().c_str(), 65534, 65534), 0);
  for (const std::string& path : {root_, infos_, Info(parent_)}) ASSERT_EQ(lchown(path.c_str(), 0, 0), 0);
  Chmod(Info(parent_), 0400);
  ExpectMended([&] {
    for (const std::string& path : {root_, infos_, Info(parent_)}) EXPECT_EQ(StatOf(path).st_uid, 65534U) << path;
    EXPECT_EQ(ModeOf(Info(parent_)), 0600U);
  });
}

TEST_F(PermissionTest, WhatAStrangerOwnsIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  ASSERT_EQ(lchown(Info(parent_).c_str(), 54321, 54321), 0);
  const std::string tree = TreeText(home_);
  EXPECT_THAT(Outcomes(Apply()), ElementsAre("R-PERM refused foreign_owner"));
  EXPECT_EQ(TreeText(home_), tree);
}

TEST_F(PermissionTest, HardLinkedFilesAreRefused) {
  std::filesystem::create_hard_link(Info(parent_), dir_ / "link");
  Chmod(Info(parent_), 0444);
  EXPECT_THAT(Outcomes(Apply()), ElementsAre("R-PERM refused hard_linked"));
  EXPECT_EQ(ModeOf(dir_ / "link"), 0444U);
}

TEST_F(PermissionTest, LinksAreNotFollowed) {
  std::ofstream(dir_ / "outside") << "x";
  Chmod(dir_ / "outside", 0444);
  std::filesystem::create_symlink(dir_ / "outside", infos_ + "/link.json");
  Chmod(Info(parent_), 0444);
  EXPECT_THAT(Outcomes(Apply()), ElementsAre("R-PERM applied"));
  EXPECT_EQ(ModeOf(dir_ / "outside"), 0444U);
}

TEST_F(PermissionTest, RightsAndBytesChangeInOneStep) {
  store_.Write(store_.InfoPath(parent_), "\xEF\xBB\xBF" + store_.Read(store_.InfoPath(parent_)));
  Chmod(Info(parent_), 0466);
  const std::string tree = TreeText(home_);
  const RepairRun run = Apply();
  EXPECT_THAT(Outcomes(run), ElementsAre("R-PERM applied", "R-ENCODING applied"));
  EXPECT_EQ(ModeOf(Info(parent_)), 0644U);
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(TreeText(home_), tree);
}

TEST_F(PermissionTest, AnUndoKeepsWhatWasWrittenSince) {
  Chmod(Info(parent_), 0444);
  const RepairRun run = Apply();
  const std::string newer = store_.Read(store_.InfoPath(parent_)) + "\n";
  std::ofstream(Info(parent_)) << newer;
  EXPECT_FALSE(Undo(run.journal).refusal) << "only the rights were changed";
  EXPECT_EQ(ModeOf(Info(parent_)), 0444U);
  EXPECT_EQ(store_.Read(store_.InfoPath(parent_)), newer);
}

TEST_F(PermissionTest, AnUndoIsRefusedWhenTheRightsHaveChangedSince) {
  Chmod(Info(parent_), 0444);
  const RepairRun run = Apply();
  Chmod(Info(parent_), 0640);
  EXPECT_EQ(Undo(run.journal).refusal->reason, "changed_since_repair");
  EXPECT_EQ(ModeOf(Info(parent_)), 0640U);
}

// Without root's privileges a folder that may not be entered hides everything below it.
TEST_F(PermissionTest, AUserMendsWhatHeMayNotEnterHimself) {
  if (geteuid() != 0) GTEST_SKIP() << "runs the rest as another user, which root may";
  ASSERT_EQ(chown(dir_.path().c_str(), 65534, 65534), 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
    ASSERT_EQ(lchown(entry.path().c_str(), 65534, 65534), 0);
  }
  Chmod(infos_, 0000);
  const std::string tree = TreeText(home_);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(3);
    const RepairRun run = Apply();
    const bool mended = !run.journal.empty() && run.Complete() && ModeOf(infos_) == 0700;
    const bool restored = mended && !Undo(run.journal).refusal;
    for (const std::string& outcome : Outcomes(run)) std::fprintf(stderr, "%s\n", outcome.c_str());
    _exit(!mended ? 1 : !restored ? 2 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: not mended, 2: not restored";
  EXPECT_EQ(TreeText(home_), tree);
}

}  // namespace
}  // namespace fleet::agent
