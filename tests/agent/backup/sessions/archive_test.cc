#include "agent/backup/sessions/archive_sessions.h"

#include <fcntl.h>

#include "tests/agent/backup/sessions/backup_fixture.h"
#include "tests/agent/repair/repairs/service_world.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

// An old session with two agents, and one of today.
class ArchiveTest : public BackupFixture {
 protected:
  ArchiveTest() : store_(StoreWriter::Program(home_)) {
    store_.Advance(kNowMs - store_.now_ms() - 200 * kDayMs);
    old_ = store_.AddConversation("Refactor the ledger");
    first_ = store_.AddAgent(old_, "Explorer");
    second_ = store_.AddAgent(old_, "Reviewer");
    store_.Advance(199 * kDayMs);
    young_ = store_.AddConversation("Review the schema");
    young_agent_ = store_.AddAgent(young_, "Painter");
  }

  absl::StatusOr<ArchiveRun> Try(ArchiveRequest request) {
    clock_.Advance(std::chrono::seconds(10));
    request.target.home = HomeOf(home_);
    request.state = dir_ / "state";
    return ArchiveSessions(request, clock_, NoPause);
  }
  ArchiveRun Archive(ArchiveRequest request = {.idle_ms = 90 * kDayMs, .apply = true}) {
    absl::StatusOr<ArchiveRun> run = Try(std::move(request));
    EXPECT_TRUE(run.ok()) << run.status();
    if (!run.ok()) return {};
    for (const RepairRun& part : run->runs) {
      for (const RepairResult& result : part.results) EXPECT_EQ(result.outcome, Outcome::kApplied) << result.text;
    }
    return *std::move(run);
  }
  std::string Tree() const { return TreeText(store_.path(), FileTimes::kCompare); }
  std::vector<std::string> ArchivesLeft() const {
    std::vector<std::string> names;
    const fs::path folder = home_ + "/backups/archived";
    if (!fs::exists(folder)) return names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }

  StoreWriter store_;
  std::string old_;
  std::string first_;
  std::string second_;
  std::string young_;
  std::string young_agent_;
};

TEST_F(ArchiveTest, ProposesWhatIsIdleWithAllThatBelongsToItAndChangesNothing) {
  const std::string before = Tree();
  const ArchiveRun run = Archive({.idle_ms = 90 * kDayMs});
  ASSERT_THAT(run.families, SizeIs(1));
  EXPECT_EQ(run.families[0].family.top, old_);
  EXPECT_EQ(run.families[0].family.title, "Refactor the ledger");
  EXPECT_THAT(run.families[0].family.ids, UnorderedElementsAre(old_, first_, second_));
  EXPECT_THAT(run.archive, IsEmpty());
  EXPECT_EQ(Tree(), before);
  EXPECT_THAT(ArchivesLeft(), IsEmpty());
}

TEST_F(ArchiveTest, NothingOfItStaysAndTheOthersAreAsTheyWere) {
  const auto before = Hashes(store_.path());
  const ArchiveRun run = Archive();
  EXPECT_EQ(Verify(run.archive).state, BackupState::kGood);
  const std::string tree = Tree();
  for (const std::string& id : {old_, first_, second_}) EXPECT_THAT(tree, Not(HasSubstr(id))) << "not even a folder";
  for (const auto& [path, hash] : Hashes(store_.path())) EXPECT_EQ(hash, before.at(path)) << path;
  EXPECT_TRUE(store_.Has(store_.InfoPath(young_)));
  EXPECT_THAT(FindingsIn(home_), IsEmpty());
  EXPECT_THAT(Archive().families, IsEmpty()) << "a second run finds nothing to do";
  EXPECT_THAT(ArchivesLeft(), SizeIs(2)) << "archive and manifest";
}

TEST_F(ArchiveTest, UndoGivesEveryByteBack) {
  const std::string before = Tree();
  const ArchiveRun run = Archive();
  ASSERT_THAT(run.runs, SizeIs(1));
  Undo(run.runs[0].journal);
  EXPECT_EQ(Tree(), before);
}

TEST_F(ArchiveTest, OneOfThemComesBackById) {
  const auto before = Hashes(store_.path());
  const ArchiveRun run = Archive();
  RestoreRequest request = Request();
  request.from = run.archive;
  request.session = old_;
  MustRestore(request);
  EXPECT_EQ(Hashes(store_.path()), before);
  EXPECT_THAT(FindingsIn(home_), IsEmpty());
}

TEST_F(ArchiveTest, AnyOfAFamilyNamesItHoweverYoung) {
  const ArchiveRun run = Archive({.sessions = {young_agent_}, .apply = true});
  ASSERT_THAT(run.families, SizeIs(1));
  EXPECT_THAT(run.families[0].family.ids, UnorderedElementsAre(young_, young_agent_));
  EXPECT_FALSE(store_.Has(store_.InfoPath(young_)));
  EXPECT_TRUE(store_.Has(store_.InfoPath(old_)));
  EXPECT_EQ(Try({.sessions = {"ses_nobody"}}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ArchiveTest, WhatIsInUseStays) {
  const std::string before = Tree();
  const ChildProcess dgmo(dir_, "dgmo", [&] { open((store_.path() + "/app.json").c_str(), O_RDONLY); });
  const ArchiveRun run = Archive();
  ASSERT_THAT(run.kept, SizeIs(1));
  EXPECT_EQ(run.kept[0].family.obstacle->reason, "dgmo_live");
  EXPECT_THAT(run.families, IsEmpty());
  EXPECT_EQ(Tree(), before);
  EXPECT_THAT(ArchivesLeft(), IsEmpty());
}

TEST_F(ArchiveTest, WhatIsSharedOrDamagedStays) {
  const std::string shared = store_.AddConversation("A shared one");
  store_.Write("storage/session/share/" + shared + ".json", R"({"secret":"s","url":"https://example.org/s/1"})");
  store_.Write(store_.MessagePath(old_, "msg_broken"), "{");
  const std::string before = Tree();
  const ArchiveRun run = Archive({.idle_ms = 0, .sessions = {old_, shared}, .apply = true});
  std::vector<std::string> reasons;
  for (const ArchivedFamily& each : run.kept) reasons.push_back(each.family.obstacle->reason);
  EXPECT_THAT(reasons, UnorderedElementsAre("shared", "damaged"));
  EXPECT_THAT(run.families, IsEmpty());
  EXPECT_EQ(Tree(), before);
}

TEST_F(ArchiveTest, WhatLiesBesideTheMessagesKeepsTheSessionAndNoArchiveIsLeft) {
  store_.Write(store_.ConversationPath(old_) + "/notes.txt", "mine");
  const std::string before = Tree();
  const absl::StatusOr<ArchiveRun> run = Try({.idle_ms = 90 * kDayMs, .apply = true});
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_THAT(run->archive, IsEmpty());
  ASSERT_THAT(run->runs, SizeIs(1));
  EXPECT_THAT(run->runs[0].results[0].reason, "changed_since");
  EXPECT_EQ(Tree(), before);
  EXPECT_THAT(ArchivesLeft(), IsEmpty());
}

TEST_F(ArchiveTest, TheGuidesIndexForgetsThem) {
  StoreWriter guide = StoreWriter::Guide(home_);
  const std::string session = guide.AddConversation("In the guide's layout");
  const std::string before = TreeText(guide.path());
  const ArchiveRun run = Archive({.sessions = {session}, .apply = true});
  EXPECT_FALSE(guide.Has(guide.InfoPath(session)));
  EXPECT_THAT(FindingsIn(home_), IsEmpty());
  for (const RepairRun& part : run.runs) Undo(part.journal);
  EXPECT_EQ(TreeText(guide.path()), before);
}

TEST_F(ArchiveTest, OlderArchivesAreNeverDeleted) {
  Archive();
  clock_.Advance(std::chrono::hours(24 * 400));
  Archive({.idle_ms = 90 * kDayMs, .apply = true});
  EXPECT_THAT(ArchivesLeft(), SizeIs(4));
}

}  // namespace
}  // namespace fleet::agent
