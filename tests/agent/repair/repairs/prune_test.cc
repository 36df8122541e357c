#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class PruneRepair : public ::testing::Test {
 protected:
  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string parent_ = store_.AddConversation("Refactor invoice rounding");
  std::string first_ = store_.AddAgent(parent_, "Audit rounding calls");
  std::string second_ = store_.AddAgent(parent_, "Write regression tests");

  // As dgmo deletes a session: records and indexes stay.
  void Delete(const std::string& session) {
    store_.Remove(store_.InfoPath(session));
    store_.Remove(store_.ConversationPath(session));
  }
  std::vector<std::string> Ask(const std::optional<BackupFacts>& backups) {
    Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
    HomeModel home;
    home.roots.push_back(planner.root().model());
    home.backups = backups;
    std::vector<std::string> answers;
    for (const Finding& finding : planner.Findings()) {
      if (finding.repair != "R-PRUNE") continue;
      const Answer answer = FindRepair("R-PRUNE")->plan(planner.root(), home, finding);
      const auto* refusal = std::get_if<Refusal>(&answer);
      answers.push_back(refusal == nullptr ? "planned" : refusal->reason);
    }
    return answers;
  }
};

TEST_F(PruneRepair, MovesWhatADeletedFamilyLeftToQuarantine) {
  for (const std::string& session : {parent_, first_, second_}) Delete(session);
  const Planned planned = PlanAll(store_);
  EXPECT_THAT(planned.quarantined,
              UnorderedElementsAre(store_.RecordPath(first_), store_.RecordPath(second_), store_.IndexPath(parent_)));
  EXPECT_THAT(planned.written, IsEmpty());
  EXPECT_THAT(planned.left, IsEmpty());
}

TEST_F(PruneRepair, TakesADeletedChildOutOfTheIndexOfItsLivingParent) {
  Delete(first_);
  const Planned planned = PlanAll(store_);
  EXPECT_THAT(planned.quarantined, ElementsAre(store_.RecordPath(first_)));
  EXPECT_EQ(planned.written,
            (std::map<std::string, std::string>{{store_.IndexPath(parent_), "[\"" + second_ + "\"]"}}));
  EXPECT_THAT(planned.left, IsEmpty());
}

TEST_F(PruneRepair, RefusesWhatTheNewestBackupStillHas) {
  Delete(first_);
  BackupFacts backups;
  EXPECT_THAT(Ask(backups), ElementsAre("planned"));
  backups.session_ids = {parent_};
  EXPECT_THAT(Ask(backups), ElementsAre("planned")) << "the parent lives";
  backups.session_ids = {first_};
  EXPECT_THAT(Ask(backups), ElementsAre("in_backup"));
}

TEST_F(PruneRepair, RefusesWhenBackupsCouldNotBeLookedAt) {
  Delete(first_);
  BackupFacts backups;
  backups.complete = false;
  EXPECT_THAT(Ask(backups), ElementsAre("backups_unknown"));
  EXPECT_THAT(Ask(std::nullopt), ElementsAre("planned")) << "a root without a home has no backups to look at";
}

TEST_F(PruneRepair, LeavesWhatIsOnlyLostAlone) {
  store_.Remove(store_.InfoPath(first_));
  EXPECT_THAT(Ask(std::nullopt), IsEmpty());
}

}  // namespace
}  // namespace fleet::agent
