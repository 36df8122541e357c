#include <sys/stat.h>

#include "tests/agent/repair/repairs/planning.h"

namespace fleet::agent {
namespace {

class QuarantineRepair : public ::testing::Test {
 protected:
  Planned Expect(const std::set<std::string>& quarantined) {
    Planned planned = PlanAll(store_);
    EXPECT_TRUE(planned.written.empty());
    EXPECT_EQ(planned.quarantined, quarantined);
    EXPECT_TRUE(planned.left.empty()) << planned.left.front().code;
    return planned;
  }
  Answer Ask(const std::string& path) {
    Planner planner(store_.AsRoot(), store_.now_ms() + 3'600'000);
    Finding finding;
    finding.path = store_.AsRoot().path + "/" + path;
    return planner.Ask("R-QUARANTINE", finding);
  }

  TempDir dir_;
  StoreWriter store_ = StoreWriter::Program(dir_.path());
  std::string session_ = store_.AddConversation("Refactor invoice rounding");
  std::string info_ = store_.InfoPath(session_);
};

TEST_F(QuarantineRepair, MovesForeignFilesOutOfEveryListing) {
  const std::set<std::string> files = {"storage/session/info/notes.txt", store_.ConversationPath(session_) + "/a.bak",
                                       "storage/session/sub-sessions/x.swp", "storage/session/info/caf\xE9.bak"};
  for (const std::string& file : files) store_.Write(file, "mine");
  Expect(files);
}

TEST_F(QuarantineRepair, SaysWhenAConflictCopyIsIdentical) {
  const std::string copy = info_ + ".conflict-web-ui";
  store_.Write(copy, store_.Read(info_));
  EXPECT_THAT(Expect({copy}).notes, ::testing::ElementsAre(::testing::HasSubstr("identical")));
}

TEST_F(QuarantineRepair, SaysWhenAConflictCopyIsNewer) {
  const std::string copy = info_ + ".conflict-web-ui";
  nlohmann::ordered_json newer = nlohmann::ordered_json::parse(store_.Read(info_));
  newer["time"]["updated"] = store_.now_ms() + 5000;
  store_.Write(copy, newer.dump());
  EXPECT_THAT(Expect({copy}).notes, ::testing::ElementsAre(::testing::HasSubstr("valid and newer")));
}

TEST_F(QuarantineRepair, SaysWhenAConflictCopyHasNothingNewer) {
  const std::string copy = info_ + ".conflict-old";
  nlohmann::ordered_json older = nlohmann::ordered_json::parse(store_.Read(info_));
  older["title"] = "Old title";
  store_.Write(copy, older.dump());
  EXPECT_THAT(Expect({copy}).notes, ::testing::ElementsAre(::testing::HasSubstr("nothing newer")));
}

TEST_F(QuarantineRepair, SaysWhenOnlyTheConflictCopyIsValidOrAlone) {
  const std::string alone = "storage/session/share/" + session_ + ".json.conflict-a";
  const std::string torn = info_ + ".conflict-b";
  store_.Write(alone, "{}");
  store_.Write(torn, "{\"id\":");
  EXPECT_THAT(Expect({alone, torn}).notes,
              ::testing::UnorderedElementsAre(::testing::HasSubstr("no document"), ::testing::HasSubstr("damaged")));
}

TEST_F(QuarantineRepair, RefusesLinksPipesAndFolders) {
  const std::string link = "storage/session/info/link.txt";
  const std::string pipe = "storage/session/info/pipe.txt";
  const std::string folder = "storage/session/info/folder.json";
  std::filesystem::create_symlink("/etc/passwd", store_.path() + "/" + link);
  ASSERT_EQ(mkfifo((store_.path() + "/" + pipe).c_str(), 0600), 0);
  store_.MakeDirectory(folder);
  for (const std::string& path : {link, pipe, folder}) {
    const Answer answer = Ask(path);
    ASSERT_TRUE(std::holds_alternative<Refusal>(answer)) << path;
    EXPECT_EQ(std::get<Refusal>(answer).reason, "unexpected_type");
  }
  EXPECT_TRUE(PlanAll(store_).Empty());
}

TEST_F(QuarantineRepair, RefusesAFileWithASecondName) {
  store_.Write("storage/session/info/a.txt", "mine");
  std::filesystem::create_hard_link(store_.path() + "/storage/session/info/a.txt", dir_ / "elsewhere");
  EXPECT_EQ(PlanAll(store_).refusals, (std::vector<std::string>{"R-QUARANTINE hard_linked"}));
}

TEST_F(QuarantineRepair, HasNothingToDoForAFileThatIsGone) {
  const Answer answer = Ask("storage/session/info/gone.txt");
  ASSERT_TRUE(std::holds_alternative<Cure>(answer));
  EXPECT_TRUE(std::get<Cure>(answer).changes.empty());
}

TEST(DirsRepair, MakesTheMissingInfoFolderBesideMessages) {
  TempDir dir;
  StoreWriter store = StoreWriter::Program(dir.path());
  store.Remove("storage/session/info");
  EXPECT_EQ(PlanAll(store, {"R-DIRS"}).made, (std::set<std::string>{"storage/session/info"}));
}

TEST(DirsRepair, MakesTheStorageBesideAnAppFile) {
  TempDir dir;
  StoreWriter store = StoreWriter::Program(dir.path());
  store.Remove("storage");
  const Planned planned = PlanAll(store);
  EXPECT_TRUE(planned.made.count("storage") > 0);
  EXPECT_TRUE(planned.left.empty());
}

TEST(DirsRepair, MakesTheGuidesSkeleton) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path());
  store.Remove("storage");
  store.Remove("logs");
  EXPECT_EQ(PlanAll(store).made,
            (std::set<std::string>{"storage", "storage/session", "storage/session/sub-sessions",
                                   "storage/session/sub-session-index", "storage/qdrant", "logs"}));
}

TEST(DirsRepair, RefusesWhereAFileHasTheName) {
  TempDir dir;
  StoreWriter store = StoreWriter::Guide(dir.path());
  store.Remove("storage/session/sub-sessions");
  store.Remove("logs");
  store.Write("storage/session/sub-sessions", "a file");
  EXPECT_THAT(PlanAll(store, {"R-DIRS"}).refusals, ::testing::ElementsAre(::testing::StartsWith("R-DIRS ")));
}

}  // namespace
}  // namespace fleet::agent
