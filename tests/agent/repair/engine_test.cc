#include "agent/repair/engine.h"

#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// Repairs that do what a test wants, under the id of a real one so that real findings call for them.
Answer LeavesItAsItIs(const PlannedRoot&, const HomeModel&, const Finding& finding) {
  return Cure{{WriteFile{finding.path.substr(finding.root.size() + 1), "[ ]"}}, ""};
}
Answer AlsoSpoilsASession(const PlannedRoot& root, const HomeModel& home, const Finding& finding) {
  Answer answer = FindRepair("R-INDEX")->plan(root, home, finding);
  if (auto* cure = std::get_if<Cure>(&answer); cure != nullptr && !cure->changes.empty()) {
    cure->changes.push_back(WriteFile{root.model().sessions.begin()->second.path, "{}"});
  }
  return answer;
}
constexpr Repair kIdle = {.id = "R-INDEX", .plan = LeavesItAsItIs};
constexpr Repair kSpoiler = {.id = "R-INDEX", .plan = AlsoSpoilsASession};

TEST_F(EngineTest, PlansWithoutChangingAnything) {
  const std::string tree = TreeText(dir_.path());
  const RepairRun run = Engine().Plan(Targets(), {}).value();
  ASSERT_EQ(run.plans.size(), 1U);
  EXPECT_EQ(run.plans[0].repair, "R-INDEX");
  EXPECT_EQ(run.plans[0].codes, std::vector<std::string>(2, "INDEX_MISSING_ENTRY"));
  EXPECT_EQ(run.backup_bytes, std::vector<std::int64_t>{2});
  EXPECT_THAT(run.results, IsEmpty());
  EXPECT_EQ(run.journal, "");
  EXPECT_EQ(TreeText(dir_.path()), tree);
}

TEST_F(EngineTest, DoesWhatItPlannedAndASecondRunPlansNothing) {
  const RepairRun planned = Engine().Plan(Targets(), {}).value();
  const RepairRun run = Apply();
  ASSERT_EQ(run.plans.size(), planned.plans.size());
  EXPECT_EQ(run.plans[0].fingerprints, planned.plans[0].fingerprints);
  EXPECT_EQ(std::get<WriteFile>(run.plans[0].steps[0].change).bytes,
            std::get<WriteFile>(planned.plans[0].steps[0].change).bytes);
  EXPECT_THAT(Outcomes(run), ElementsAre("R-INDEX applied"));
  EXPECT_TRUE(run.results[0].verified);
  EXPECT_TRUE(run.Complete());
  EXPECT_EQ(store_.Index(parent_), (std::vector<std::string>{first_, second_}));
  EXPECT_THAT(Codes(), IsEmpty());
  const RepairRun again = Apply();
  EXPECT_THAT(again.plans, IsEmpty());
  EXPECT_EQ(again.journal, "");
}

TEST_F(EngineTest, RepairsWhatARepairUncovers) {
  store_.Remove(store_.RecordPath(second_));
  store_.WriteIndex(parent_, {first_});
  RepairSelection selection;
  selection.repairs = {"R-SUBSESSION-SYNTH"};
  EXPECT_THAT(Outcomes(Apply(selection)), ElementsAre("R-SUBSESSION-SYNTH applied", "R-INDEX applied"));
  EXPECT_THAT(Codes(), IsEmpty());
}

// Behind a byte order mark (P3) lay that the parent is gone (P2).
TEST_F(EngineTest, AConversionIsNotBlamedForWhatItShows) {
  store_.WriteIndex(parent_, {first_, second_});
  Damage(store_.IndexPath(parent_), "\xEF\xBB\xBF" + store_.Read(store_.IndexPath(parent_)));
  for (const std::string& child : {first_, second_}) store_.Remove(store_.RecordPath(child));
  store_.Remove(store_.InfoPath(parent_));
  std::filesystem::remove_all(root_ + "/storage/session/message/" + parent_);
  EXPECT_THAT(Outcomes(Apply()), Contains("R-ENCODING applied"));
  EXPECT_THAT(Codes(), Contains("INDEX_ORPHAN"));
}

TEST_F(EngineTest, KeepsModeOwnerAndFolderRights) {
  const std::string index = root_ + "/" + store_.IndexPath(parent_);
  std::filesystem::permissions(index, std::filesystem::perms(0604));
  store_.Remove(store_.RecordPath(first_));
  std::filesystem::permissions(root_ + "/" + store_.RecordPath(second_), std::filesystem::perms(0640));
  Apply();
  struct stat found {};
  ASSERT_EQ(stat(index.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0604U);
  ASSERT_EQ(stat((root_ + "/" + store_.RecordPath(first_)).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0640U) << "as its siblings";
}

TEST_F(EngineTest, UndoGivesTheVerySameTreeBack) {
  Damage(store_.InfoPath(parent_));
  Damage("storage/session/info/notes.txt", "mine");
  store_.Remove(store_.RecordPath(first_));
  store_.Remove("storage/session/sub-session-index");
  const std::string tree = Tree();
  const RepairRun run = Apply();
  ASSERT_TRUE(run.Complete()) << testing::PrintToString(Outcomes(run));
  EXPECT_GE(run.results.size(), 4U);
  EXPECT_NE(Tree(), tree);
  const UndoRun undone = Undo(run.journal);
  EXPECT_FALSE(undone.refusal);
  EXPECT_THAT(undone.kept, IsEmpty());
  EXPECT_EQ(Tree(), tree);
  EXPECT_EQ(Undo(run.journal).refusal->reason, "already_undone");
  EXPECT_EQ(Tree(), tree);
}

TEST_F(EngineTest, QuarantineHoldsWhatWasMovedAndSaysWhy) {
  Damage("storage/session/info/notes.txt", "mine");
  const RepairRun run = Apply();
  const std::string quarantine = dir_ / ("state/quarantine/" + run.journal + "/0");
  std::ifstream moved(quarantine + "/storage/session/info/notes.txt");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(moved), {}), "mine");
  std::ifstream sidecar(quarantine + ".json");
  const std::string text(std::istreambuf_iterator<char>(sidecar), {});
  EXPECT_THAT(text, testing::HasSubstr("storage/session/info/notes.txt"));
  EXPECT_THAT(text, testing::HasSubstr(Sha256Hex("mine")));
}

TEST_F(EngineTest, RollsBackWhatDoesNotCure) {
  const std::string tree = Tree();
  const Repair* const repairs[] = {&kIdle};
  const RepairRun run = Apply({}, repairs);
  EXPECT_THAT(Outcomes(run), Each("R-INDEX failed not_cured"));
  EXPECT_THAT(run.results, Not(IsEmpty()));
  EXPECT_FALSE(run.results[0].verified);
  EXPECT_FALSE(run.Complete());
  EXPECT_EQ(Tree(), tree);
  EXPECT_EQ(Journal::Load(dir_ / "state", run.journal)->Stage(), RootStage::kRolledBack);
  EXPECT_EQ(Undo(run.journal).refusal->reason, "rolled_back");
}

TEST_F(EngineTest, RefusesWhatFailedTwiceUntilItSucceeds) {
  const Repair* const repairs[] = {&kIdle};
  EXPECT_THAT(Outcomes(Apply({}, repairs)), Each("R-INDEX failed not_cured"));
  EXPECT_THAT(Outcomes(Apply({}, repairs)), Each("R-INDEX failed not_cured"));
  EXPECT_THAT(Outcomes(Apply({}, repairs)), Each("R-INDEX refused failed_twice"));
}

TEST_F(EngineTest, ForgetsAFailureOnceItSucceeds) {
  const Repair* const repairs[] = {&kIdle};
  EXPECT_THAT(Outcomes(Apply({}, repairs)), Each(EndsWith("not_cured")));
  EXPECT_THAT(Outcomes(Apply()), Each(EndsWith("applied")));
  store_.WriteIndex(parent_, {});
  EXPECT_THAT(Outcomes(Apply({}, repairs)), Each(EndsWith("not_cured")));
}

TEST_F(EngineTest, TakesTheWholeRootBackAndNamesTheOffender) {
  Damage("storage/session/info/notes.txt", "mine");
  const std::string tree = Tree();
  const Repair* const repairs[] = {FindRepair("R-QUARANTINE"), &kIdle};
  EXPECT_THAT(Outcomes(Apply({}, repairs)),
              UnorderedElementsAre("R-QUARANTINE rolled_back others_failed", "R-INDEX failed not_cured",
                                   "R-INDEX failed not_cured"));
  EXPECT_EQ(Tree(), tree);
}

TEST_F(EngineTest, RollsBackWhatMakesSomethingElseWorse) {
  const std::string tree = Tree();
  const Repair* const repairs[] = {&kSpoiler};
  const RepairRun run = Apply({}, repairs);
  EXPECT_THAT(Outcomes(run), Contains("R-INDEX failed not_cured"));
  EXPECT_EQ(Tree(), tree);
}

TEST_F(EngineTest, AFailureInOneRootDoesNotTouchAnother) {
  StoreWriter other = StoreWriter::Program(dir_ / "home", "home-mira-src-other");
  other.AddConversation("Other work");
  other.Write("storage/session/info/notes.txt", "mine");
  const std::string tree = Tree();
  const Repair* const repairs[] = {FindRepair("R-QUARANTINE"), &kIdle};
  const RepairRun run = Apply({}, repairs);
  EXPECT_THAT(Outcomes(run), Contains("R-QUARANTINE applied"));
  EXPECT_FALSE(other.Has("storage/session/info/notes.txt"));
  EXPECT_EQ(Tree(), tree);
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_TRUE(other.Has("storage/session/info/notes.txt"));
}

TEST_F(EngineTest, AcceptsTheLossThatAnUnreadableDocumentAlreadyWas) {
  // The only message of a session: once it is out of the way, the loss shows.
  const std::string lonely = store_.AddSession("Only one question");
  const std::string message = store_.AddQuestion(lonely, "why?");
  Damage(store_.MessagePath(lonely, message));
  const RepairRun run = Apply();
  EXPECT_TRUE(run.Complete()) << testing::PrintToString(Outcomes(run));
  ASSERT_EQ(run.uncovered.size(), 1U);
  EXPECT_EQ(run.uncovered[0].code, "SESSION_MESSAGES_LOST");
  EXPECT_THAT(Codes(), ElementsAre("SESSION_MESSAGES_LOST"));
}

TEST_F(EngineTest, RepairsOnlyWhatIsSelected) {
  Damage("storage/session/info/notes.txt", "mine");
  RepairSelection selection;
  selection.codes = {"STORAGE_FOREIGN_FILE"};
  EXPECT_THAT(Outcomes(Apply(selection)), ElementsAre("R-QUARANTINE applied"));
  selection = {};
  selection.session_id = "ses_81dbeb7c2ffehUxcD6cjyJhz2p";
  EXPECT_THAT(Apply(selection).plans, IsEmpty());
  selection.session_id = second_;
  EXPECT_THAT(Outcomes(Apply(selection)), ElementsAre("R-INDEX applied")) << "it is its parent's index that hides it";
}

}  // namespace
}  // namespace fleet::agent
