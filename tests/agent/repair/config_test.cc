#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "agent/store/root_lock.h"
#include "tests/agent/repair/engine_fixture.h"

namespace fleet::agent {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// The configuration of a home, which lies beside its roots.
class ConfigTest : public EngineTest {
 protected:
  ConfigTest() {
    store_.WriteIndex(parent_, {first_, second_});
    // The files' times are long ago: nobody is writing them.
    clock_.Advance(std::chrono::hours(24 * 365));
  }

  std::string Path(const std::string& relative) const { return home_ + "/" + relative; }
  void Put(const std::string& relative, const std::string& bytes, mode_t mode = 0644) const {
    std::filesystem::create_directories(std::filesystem::path(Path(relative)).parent_path());
    std::ofstream(Path(relative), std::ios::binary) << bytes;
    ASSERT_EQ(chmod(Path(relative).c_str(), mode), 0);
  }
  std::string Get(const std::string& relative) const {
    std::ifstream stream(Path(relative), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  mode_t ModeOf(const std::string& relative) const {
    struct stat found {};
    EXPECT_EQ(stat(Path(relative).c_str(), &found), 0);
    return found.st_mode & 07777;
  }

  // Applies, expects the results and the new content, that a second run plans
  // nothing, and that undo takes it back.
  RepairRun ExpectRepaired(const std::string& relative, const std::string& becomes,
                           const RepairSelection& selection = {}, const std::string& repair = "R-CONFIG-RECOVER") {
    const std::string tree = TreeText(home_);
    const RepairRun planned = Engine().Plan(Targets(), selection).value();
    EXPECT_EQ(TreeText(home_), tree) << "a plan changes nothing";
    RepairRun run = Apply(selection);
    EXPECT_THAT(Outcomes(run), ElementsAre(repair + " applied"));
    EXPECT_EQ(Get(relative), becomes);
    EXPECT_FALSE(std::filesystem::exists(Path(".dgmo-agent")));
    EXPECT_THAT(Apply(selection).plans, IsEmpty());
    const UndoRun undone = Undo(run.journal);
    EXPECT_FALSE(undone.refusal);
    EXPECT_EQ(TreeText(home_), tree);
    return run;
  }
  void ExpectRefused(const std::string& reason, const RepairSelection& selection = {}) {
    const std::string tree = TreeText(home_);
    const RepairRun run = Apply(selection);
    ASSERT_THAT(run.results, SizeIs(1)) << testing::PrintToString(Outcomes(run));
    EXPECT_EQ(run.results[0].reason, reason) << run.results[0].text;
    EXPECT_FALSE(run.results[0].text.empty());
    EXPECT_EQ(run.journal, "");
    EXPECT_EQ(TreeText(home_), tree);
  }
  static RepairSelection Consent(const std::string& repair) {
    RepairSelection selection;
    selection.consent = {repair};
    return selection;
  }

  static constexpr char kConfig[] = ".config/dgmo/config.json";
  static constexpr char kFormer[] = ".config/opencode/config.json";
  std::string home_ = dir_ / "home";
};

TEST_F(ConfigTest, AValidFileIsNeverTouched) {
  Put(kConfig, "{\n  \"theme\": \"nord\"\n}\n");
  Put(std::string(kConfig) + ".backup", "{}");
  EXPECT_THAT(Apply().plans, IsEmpty());
}

TEST_F(ConfigTest, CommentsAndTrailingCommasGoAndNothingElse) {
  Put(kConfig, "{\n  // at night\n  \"theme\": \"nord\", /* x */\n}\n", 0600);
  ExpectRepaired(kConfig, "{\n             \n  \"theme\": \"nord\"         \n}\n");
  EXPECT_EQ(ModeOf(kConfig), 0600U);
}

TEST_F(ConfigTest, OnlyWhatDgmoRefusesIsTakenOutAndNamed) {
  Put(kConfig,
      R"({"name":"x","theme":"nord","mcp":{"docs":{"type":"remote","url":"http://h","headers":{}}},"autoupdate":"yes"})");
  const RepairRun run =
      ExpectRepaired(kConfig, R"({"theme":"nord","mcp":{"docs":{"type":"remote","url":"http://h"}}})");
  EXPECT_THAT(run.plans[0].note, AllOf(HasSubstr("/name"), HasSubstr("/mcp/docs/headers"), HasSubstr("/autoupdate")));
  EXPECT_THAT(run.plans[0].note, Not(HasSubstr("yes"))) << "values may be secrets";
}

TEST_F(ConfigTest, AServerThatLacksWhatItNeedsGoesAsAWhole) {
  Put(kConfig, R"({"mcp":{"docs":{"type":"remote"},"q":{"type":"local","command":["x"]}}})");
  ExpectRepaired(kConfig, R"({"mcp":{"q":{"type":"local","command":["x"]}}})");
}

TEST_F(ConfigTest, CommentsAndUnknownKeysAreCuredTogether) {
  Put(kConfig, "{\"name\":1, // x\n\"theme\":\"nord\"}");
  ExpectRepaired(kConfig, "{\"theme\":\"nord\"}");
}

TEST_F(ConfigTest, ADamagedFileComesFromTheCopyBesideItFirst) {
  Put(kConfig, "{\"theme\":\"no");
  Put(std::string(kConfig) + ".backup", "{\"theme\":\"saved\"}");
  Put(kFormer, "{\"theme\":\"former\"}");
  ExpectRepaired(kConfig, "{\"theme\":\"saved\"}");
}

TEST_F(ConfigTest, ThenFromTheOtherNameThenAnew) {
  Put(kConfig, "{\"theme\":\"no");
  Put(std::string(kConfig) + ".backup", "{\"unknown\":1}");
  Put(kFormer, "{\"theme\":\"former\"}");
  ExpectRepaired(kConfig, "{\"theme\":\"former\"}");
  std::filesystem::remove(Path(kFormer));
  ExpectRepaired(kConfig, "{}");
}

TEST_F(ConfigTest, ZeroBytesAtTheEndAreCutOff) {
  Put(kConfig, "{\"theme\":\"nord\"}" + std::string(512, '\0'));
  ExpectRepaired(kConfig, "{\"theme\":\"nord\"}");
}

TEST_F(ConfigTest, AnotherEncodingIsConverted) {
  Put(kConfig, "{\"theme\":\"n\xF6rd\"}");
  ExpectRepaired(kConfig, "{\"theme\":\"n\xC3\xB6rd\"}", {}, "R-ENCODING");
}

// Only what can be read can be judged: a second run has nothing to do.
TEST_F(ConfigTest, WhatDgmoRefusesOfAnotherEncodingGoesAtOnce) {
  Put(kConfig, "{\"theme\":\"nord\",\"\xE9\":1}");
  ExpectRepaired(kConfig, "{\"theme\":\"nord\"}", {}, "R-ENCODING");
}

TEST_F(ConfigTest, ServersThatStayedBehindAreCopiedOnRequest) {
  Put(kConfig,
      "{\n  \"mcp\": {\n    \"docs\": {\"type\": \"remote\", \"url\": "
      "\"http://mine\"}\n  }\n}\n");
  Put(kFormer,
      R"({"theme":"x","mcp":{"docs":{"type":"remote","url":"http://old"},"q":{"type":"local","command":["q"]},)"
      R"("bad":{"type":"local"}}})");
  const RepairRun left = Apply();
  EXPECT_THAT(left.plans, IsEmpty());
  ASSERT_THAT(left.left_alone, SizeIs(1));
  EXPECT_EQ(left.left_alone[0].why.reason, "needs_consent");
  const std::string former = Get(kFormer);
  const RepairRun planned = Engine().Plan(Targets(), Consent("R-CONFIG-MERGE")).value();
  ASSERT_THAT(planned.plans, SizeIs(1));
  EXPECT_THAT(planned.plans[0].note, AllOf(HasSubstr("+ /mcp/q"), HasSubstr("/mcp/bad"), Not(HasSubstr("+ /mcp/bad"))));
  std::filesystem::remove(Path(kFormer));
  Put(kFormer, R"({"mcp":{"docs":{"type":"remote","url":"http://old"},"q":{"type":"local","command":["q"]}}})");
  ExpectRepaired(kConfig,
                 "{\n  \"mcp\": {\n    \"docs\": {\"type\": \"remote\", "
                 "\"url\": \"http://mine\"},\n    \"q\": "
                 "{\"type\":\"local\",\"command\":[\"q\"]}\n  }\n}\n",
                 Consent("R-CONFIG-MERGE"), "R-CONFIG-MERGE");
  EXPECT_NE(former, "");
}

TEST_F(ConfigTest, AMergedFileIsAsPrivateAsWhatItCameFrom) {
  std::filesystem::create_directories(Path(".config/dgmo"));
  Put(kFormer, R"({"mcp":{"q":{"type":"local","command":["q"],"environment":{"DOCS_API_KEY":"k1k2k3k4k5k6"}}}})", 0600);
  const std::string tree = TreeText(home_);
  const RepairRun run = Apply(Consent("R-CONFIG-MERGE"));
  EXPECT_THAT(Outcomes(run), ElementsAre("R-CONFIG-MERGE applied"));
  EXPECT_EQ(ModeOf(kConfig), 0600U);
  EXPECT_FALSE(std::filesystem::exists(Path(".local/share/dgmo/auth.json")));
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(TreeText(home_), tree);
}

// What it lacks can be seen behind its comments: a second run has nothing to do.
TEST_F(ConfigTest, CommentsGoAndServersComeInOneRun) {
  Put(kConfig, "{\"theme\":\"nord\",}");
  Put(kFormer, R"({"mcp":{"q":{"type":"local","command":["q"]}}})");
  EXPECT_THAT(Outcomes(Apply(Consent("R-CONFIG-MERGE"))),
              ElementsAre("R-CONFIG-RECOVER applied", "R-CONFIG-MERGE applied"));
  EXPECT_THAT(Get(kConfig), AllOf(HasSubstr("nord"), HasSubstr("\"q\"")));
  EXPECT_EQ(Apply(Consent("R-CONFIG-MERGE")).journal, "");
}

// It was as wrong where it lay; that dgmo uses it now is what was asked for.
TEST_F(ConfigTest, AMergedServerForAnotherCollectionIsToldAndKept) {
  Put(kConfig, "{}");
  Put(kFormer, R"({"mcp":{"memory":{"type":"local","command":["uvx","mcp-server-qdrant"],"environment":)"
               R"({"QDRANT_URL":"http://localhost:6333","COLLECTION_NAME":"Other"}}}})");
  const RepairRun run = Apply(Consent("R-CONFIG-MERGE"));
  EXPECT_THAT(Outcomes(run), ElementsAre("R-CONFIG-MERGE applied"));
  EXPECT_THAT(Get(kConfig), HasSubstr("Other"));
}

// Once the present file can be read again it shows what it lacks: no reason to
// take the recovery back.
TEST_F(ConfigTest, WhatARecoveryOnlyShowsIsNotHeldAgainstIt) {
  Put(kConfig, "{");
  Put(kFormer, R"({"name":1,"mcp":{"q":{"type":"local","command":["q"]}}})");
  EXPECT_THAT(Outcomes(Apply()), ElementsAre("R-CONFIG-RECOVER applied"));
  EXPECT_EQ(Get(kConfig), "{}");
}

TEST_F(ConfigTest, ALinkIsNotFollowed) {
  Put("dotfiles/config.json", "{\"theme\":\"no");
  std::filesystem::create_directories(Path(".config/dgmo"));
  std::filesystem::create_symlink(Path("dotfiles/config.json"), Path(kConfig));
  ExpectRefused("unreadable");
}

TEST_F(ConfigTest, ALinkedFolderIsNotFollowed) {
  Put("dotfiles/dgmo/config.json", "{\"theme\":\"no");
  std::filesystem::create_directory_symlink(Path("dotfiles"), Path(".config"));
  ExpectRefused("unreadable");
}

TEST_F(ConfigTest, WhatLiesOutsideTheHomeIsNotChanged) {
  std::filesystem::create_directories(dir_ / "elsewhere/dgmo");
  std::ofstream(dir_ / "elsewhere/dgmo/config.json") << "{\"theme\":\"no";
  std::vector<Target> targets = Targets();
  targets[0].home.config_home = dir_ / "elsewhere";
  const RepairRun run = Engine().Apply(targets, {}).value();
  EXPECT_THAT(run.plans, IsEmpty());
  ASSERT_THAT(run.left_alone, SizeIs(1));
  EXPECT_EQ(run.left_alone[0].why.reason, "outside_home");
}

TEST_F(ConfigTest, WhileAnotherEngineWorksOnTheHome) {
  Put(kConfig, "{");
  const RootLock lock = RootLock::Take(home_, dir_ / "elsewhere").value();
  ExpectRefused("locked");
}

TEST_F(ConfigTest, ATomlFileIsLeftToDgmo) {
  Put(".config/dgmo/config", "model = 5\nmax_tokens = 5000\n");
  ExpectRefused("not_json");
}

Answer ChangesSomethingElse(const PlannedRoot&, const HomeModel&, const Finding&) {
  return Cure{{WriteFile{".bashrc", "exit"}}, ""};
}
constexpr Repair kChangesSomethingElse = {.id = "R-CONFIG-RECOVER", .in_home = true, .plan = ChangesSomethingElse};

TEST_F(ConfigTest, NothingElseOfAHomeCanBeChanged) {
  Put(kConfig, "{");
  const Repair* const repairs[] = {&kChangesSomethingElse};
  EXPECT_THAT(Outcomes(Apply({}, repairs)), ElementsAre("R-CONFIG-RECOVER refused not_configuration"));
  EXPECT_FALSE(std::filesystem::exists(Path(".bashrc")));
}

TEST_F(ConfigTest, RootsAndConfigurationAreRepairedInOneRun) {
  Put(kConfig, "{\"name\":1}");
  store_.WriteIndex(parent_, {});
  const std::string tree = TreeText(home_);
  const RepairRun run = Apply();
  EXPECT_THAT(Outcomes(run), ElementsAre("R-INDEX applied", "R-CONFIG-RECOVER applied"));
  EXPECT_FALSE(Undo(run.journal).refusal);
  EXPECT_EQ(TreeText(home_), tree);
}

}  // namespace
}  // namespace fleet::agent
