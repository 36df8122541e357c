#include "tests/agent/repair/engine_fixture.h"
#include "tests/support/backup_writer.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Repairs that take documents from a good backup.
class BackupSourceTest : public EngineTest {
 protected:
  BackupSourceTest() {
    store_.WriteIndex(parent_, {first_, second_});  // a healthy store
    backup_ = WriteSessionBackup(dir_ / "home", store_.now_ms() + 3'600'000);
  }
  std::vector<std::string> Notes(const RepairRun& run) const {
    std::vector<std::string> notes;
    for (const Plan& plan : run.plans) notes.push_back(plan.note);
    return notes;
  }

  std::string backup_;
};

TEST_F(BackupSourceTest, ADamagedMessageComesBackWithAWarningOfItsAge) {
  const std::string path = store_.MessagePath(parent_, store_.AddAnswer(parent_, "Written before the backup"));
  const std::string bytes = store_.Read(path);
  WriteSessionBackup(dir_ / "home", store_.now_ms() + 7'200'000);
  Damage(path, bytes.substr(0, bytes.size() / 2));
  const RepairRun run = Apply();
  EXPECT_THAT(Outcomes(run), ElementsAre("R-FILE-RECOVER applied"));
  EXPECT_THAT(Notes(run), ElementsAre(HasSubstr("old: what was written to it since is lost")));
  EXPECT_EQ(store_.Read(path), bytes);
  EXPECT_TRUE(Codes().empty());
  Undo(run.journal);
  EXPECT_EQ(store_.Read(path), bytes.substr(0, bytes.size() / 2));
}

TEST_F(BackupSourceTest, TheSessionsOwnInfoIsBetterThanAReconstruction) {
  const std::string path = store_.InfoPath(parent_);
  const std::string bytes = store_.Read(path);
  store_.Remove(path);
  EXPECT_THAT(Notes(Apply()), Contains(HasSubstr("copied from the backup")));
  EXPECT_EQ(store_.Read(path), bytes);
}

TEST_F(BackupSourceTest, SoIsTheRecordOfASubSession) {
  const std::string path = store_.RecordPath(first_);
  const std::string bytes = store_.Read(path);
  store_.Remove(path);
  Apply();
  EXPECT_EQ(store_.Read(path), bytes);
  EXPECT_TRUE(Codes().empty());
}

TEST_F(BackupSourceTest, AnIndexIsRebuiltFromTheRecordsAndNotTakenFromABackup) {
  const std::string agent = store_.AddAgent(parent_, "Newer than the backup");
  Damage(store_.IndexPath(parent_));
  Apply();
  EXPECT_THAT(store_.Index(parent_), ElementsAre(first_, second_, agent));
}

TEST_F(BackupSourceTest, ABadBackupIsPassedOver) {
  const std::string path = store_.InfoPath(parent_);
  const std::string old = store_.Read(path);
  std::string newer = old;
  newer.replace(newer.find("Refactor"), 8, "Rebuild!");
  store_.Write(path, newer);
  const std::string second = WriteSessionBackup(dir_ / "home", store_.now_ms() + 7'200'000);
  std::filesystem::resize_file(second, 100);
  Damage(path);
  Apply();
  EXPECT_EQ(store_.Read(path), old);
}

TEST_F(BackupSourceTest, WithoutAGoodBackupItIsRebuilt) {
  std::filesystem::resize_file(backup_, 100);
  Damage(store_.InfoPath(parent_));
  EXPECT_THAT(Notes(Apply()), ElementsAre(HasSubstr("reconstructed")));
}

TEST_F(BackupSourceTest, RulesThatWantABackupSayWhatToRun) {
  store_.AddSession("All its messages are gone");
  store_.Remove(store_.ConversationPath(parent_));
  const RepairRun run = Engine().Plan(Targets(), {}).value();
  std::vector<std::string> texts;
  for (const LeftAlone& left : run.left_alone) texts.push_back(left.finding.repair + ": " + left.why.text);
  EXPECT_THAT(texts, Contains(HasSubstr("R-RESTORE: run `dgmo-agent restore")));
}

}  // namespace
}  // namespace fleet::agent
