#include "agent/repair/recovery.h"

#include "agent/repair/restoration.h"
#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Journals as a crash leaves them: an applied run whose stage is set back to an earlier one.
class RecoveryTest : public EngineTest {
 protected:
  RecoveryTest() {
    store_.Write("storage/session/info/notes.txt", "mine");
    store_.Remove(store_.RecordPath(first_));
    before_ = Tree();
    const RepairRun run = Apply();
    EXPECT_TRUE(run.Complete()) << testing::PrintToString(Outcomes(run));
    journal_ = run.journal;
    after_ = Tree(FileTimes::kIgnore);
  }

  void SetBackTo(RootStage stage) {
    const std::string folder = dir_ / ("state/repairs/" + journal_);
    std::filesystem::remove(folder + "/root-0.committed");
    if (stage == RootStage::kUndoing) std::ofstream(folder + "/root-0.undoing");
  }
  RootStage Stage() const { return Journal::Load(dir_ / "state", journal_)->Stage(); }
  Recovery Recover() {
    RootLocks locks;
    return RecoverJournals(dir_ / "state", locks);
  }

  std::string before_;
  std::string after_;
  std::string journal_;
};

TEST_F(RecoveryTest, TakesBackARunThatWasNotFinished) {
  SetBackTo(RootStage::kPrepared);
  const Recovery recovery = Recover();
  EXPECT_THAT(recovery.blocked, IsEmpty());
  EXPECT_THAT(recovery.notes, ElementsAre(HasSubstr("took back the interrupted run")));
  EXPECT_EQ(Tree(), before_);
  EXPECT_EQ(Stage(), RootStage::kRolledBack);
  EXPECT_THAT(Recover().notes, IsEmpty());
}

TEST_F(RecoveryTest, FinishesAnUndoThatWasBegun) {
  SetBackTo(RootStage::kUndoing);
  EXPECT_THAT(Recover().notes, ElementsAre(HasSubstr("finished the interrupted undo")));
  EXPECT_EQ(Tree(), before_);
  EXPECT_EQ(Stage(), RootStage::kUndone);
}

TEST_F(RecoveryTest, TheNextRunRecoversAndThenRepairs) {
  SetBackTo(RootStage::kPrepared);
  const RepairRun run = Apply();
  EXPECT_TRUE(run.Complete());
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr(journal_)));
  EXPECT_EQ(Tree(FileTimes::kIgnore), after_);
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(Tree(), before_);
}

TEST_F(RecoveryTest, ADryRunOnlySaysThatThereIsSomethingToTakeBack) {
  SetBackTo(RootStage::kPrepared);
  const std::string tree = TreeText(dir_.path());
  EXPECT_THAT(Engine().Plan(Targets(), {})->notes, ElementsAre(HasSubstr(journal_)));
  EXPECT_EQ(TreeText(dir_.path()), tree);
}

TEST_F(RecoveryTest, KeepsWhatTheUserWroteSince) {
  SetBackTo(RootStage::kPrepared);
  store_.Write(store_.RecordPath(first_), "newer");
  store_.Write("storage/session/info/notes.txt", "newer too");
  EXPECT_THAT(Recover().notes, Contains(HasSubstr("was kept")));
  EXPECT_EQ(store_.Read(store_.RecordPath(first_)), "newer");
  EXPECT_EQ(store_.Read("storage/session/info/notes.txt"), "newer too");
  EXPECT_EQ(store_.Index(parent_), std::vector<std::string>{}) << "the rest is taken back";
  EXPECT_EQ(Stage(), RootStage::kRolledBack);
}

TEST_F(RecoveryTest, IsNotStoppedByAFolderThatIsGone) {
  SetBackTo(RootStage::kPrepared);
  store_.Remove("storage/session/info");
  EXPECT_THAT(Recover().notes, Contains(HasSubstr("was kept")));
  EXPECT_EQ(Stage(), RootStage::kRolledBack);
}

TEST_F(RecoveryTest, LeavesARootThatSomebodyElseWorksOn) {
  SetBackTo(RootStage::kPrepared);
  const std::string tree = Tree();
  const RootLock lock = RootLock::Take(root_, dir_ / "elsewhere").value();
  const Recovery recovery = Recover();
  ASSERT_TRUE(recovery.blocked.contains(root_));
  EXPECT_EQ(recovery.blocked.at(root_).reason, "locked");
  EXPECT_EQ(Tree(), tree);
  EXPECT_EQ(Stage(), RootStage::kPrepared);
}

TEST_F(RecoveryTest, NotesAJournalThatItCannotFollowAndLeavesItAlone) {
  const std::string manifest = "state/repairs/" + journal_ + "/manifest.json";
  dir_.Write(manifest, "{\"what\": \"torn");
  dir_.Write("state/repairs/not-ours/readme", "hello");
  const std::string state = TreeText(dir_ / "state");
  const RepairRun run = Apply();
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("left alone")));
  EXPECT_EQ(TreeText(dir_ / "state"), state);
  EXPECT_TRUE(absl::IsDataLoss(Engine().Undo(journal_).status()));
}

TEST_F(RecoveryTest, UndoIsRefusedAsAWholeWhenAnythingChanged) {
  store_.Write(store_.IndexPath(parent_), "[]");
  store_.Write("storage/session/info/notes.txt", "again");
  const std::string tree = TreeText(dir_.path());
  const UndoRun run = Undo(journal_);
  ASSERT_TRUE(run.refusal);
  EXPECT_EQ(run.refusal->reason, "changed_since_repair");
  EXPECT_THAT(run.changed, testing::UnorderedElementsAre(root_ + "/" + store_.IndexPath(parent_),
                                                         root_ + "/storage/session/info/notes.txt"));
  EXPECT_EQ(TreeText(dir_.path()), tree);
}

TEST_F(RecoveryTest, UndoIsRefusedWhenABackupIsDamaged) {
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / ("state/repairs/" + journal_ + "/backup"))) {
    std::ofstream(entry.path()) << "rotten";
  }
  const std::string tree = Tree();
  EXPECT_EQ(Undo(journal_).refusal->reason, "changed_since_repair");
  EXPECT_EQ(Tree(), tree);
}

TEST_F(RecoveryTest, UndoFindsTheMovedFileInTheJournalWhenTheQuarantineIsGone) {
  std::filesystem::remove_all(dir_ / "state/quarantine");
  EXPECT_FALSE(Undo(journal_).refusal);
  EXPECT_EQ(Tree(), before_);
}

TEST_F(RecoveryTest, UndoWorksAcrossFileSystems) {
  struct stat here {
  }, there{};
  if (stat("/dev/shm", &there) != 0 || stat(root_.c_str(), &here) != 0 || here.st_dev == there.st_dev) {
    GTEST_SKIP() << "there is no second file system at /dev/shm";
  }
  ASSERT_FALSE(Undo(journal_).refusal);
  const std::string state = "/dev/shm/dgmo-fleet-state-" + std::to_string(getpid());
  RepairEngine::Options options;
  options.state = state;
  options.pause = [](std::chrono::milliseconds) {};
  RepairEngine engine(clock_, std::move(options));
  const RepairRun run = engine.Apply(Targets(), {}).value();
  EXPECT_TRUE(run.Complete());
  EXPECT_EQ(Tree(FileTimes::kIgnore), after_);
  EXPECT_FALSE(engine.Undo(run.journal)->refusal);
  EXPECT_EQ(Tree(), before_);
  std::filesystem::remove_all(state);
}

TEST_F(RecoveryTest, UndoOfAnUnknownJournalIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(Engine().Undo("../../etc").status()));
}

}  // namespace
}  // namespace fleet::agent
