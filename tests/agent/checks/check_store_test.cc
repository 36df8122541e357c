#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/checks/check.h"
#include "agent/store/find_roots.h"
#include "agent/store/scan.h"
#include "tests/agent/checks/example_store.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kLaterMs = 1'786'775'500'000;
constexpr char kProject[] = ".local/share/dgmo/project/home-mira-src-payments-api/";
constexpr char kA[] = "ses_816aecd9affetzTJbgUmNbzSey";
constexpr char kC[] = "ses_816ad5941ffeDj8c5W2qfZKlcX";
constexpr char kD[] = "ses_816ad5941ffdecaQjonoaEGhgW";
constexpr char kE[] = "ses_8105eedfcffeeOBsRvei1gvVfe";
constexpr char kH[] = "ses_80ca5e08dffeRYtTWLKL3kB9vl";

// A home on the disk, read as the agent reads it.
class CheckStoreTest : public ::testing::Test {
 protected:
  void WriteExamples() {
    for (const ExampleFile& file : kExampleStore) Put(std::string(file.path), std::string(file.bytes));
  }
  void Put(const std::string& path, const std::string& bytes) { home_.Write(kProject + path, bytes); }
  void PutIndex(const std::string& parent, const std::string& bytes) {
    Put("storage/session/sub-session-index/" + parent + ".json", bytes);
  }
  std::string At(const std::string& path) const { return home_ / (kProject + path); }

  std::vector<Finding> Check(std::int64_t now_ms = kLaterMs) {
    HomeModel model;
    model.home = HomeAt(home_.path(), false).value();
    for (const Root& root : FindRoots(model.home, model.unreadable)) {
      if (root.kind == RootKind::kForeign) {
        model.foreign.push_back(root);
      } else {
        model.roots.push_back(ScanRoot(root).value());
      }
    }
    return CheckHome(model, now_ms);
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const Finding& finding : Check()) names.push_back(finding.code + " " + finding.subject_id);
    return names;
  }

  TempDir home_;
};

TEST_F(CheckStoreTest, FindsInTheExamplesWhatTheCatalogueSays) {
  WriteExamples();
  EXPECT_THAT(
      Names(),
      UnorderedElementsAre(
          // Hand-edited, and without a message.
          std::string("SESSION_MESSAGES_LOST ") + kH, std::string("SESSION_PARENT_LITERAL ") + kH,
          // A turn that was interrupted while a tool ran.
          "MESSAGE_INCOMPLETE msg_7e96381e50015KbMjlV0aM6vt8", "MESSAGE_TOOL_UNRESOLVED msg_7e96381e50015KbMjlV0aM6vt8",
          // Its last message holds an error.
          "SUBSESSION_HIDDEN_FAILURE ses_816ad2a35ffe3eRWayvffBRoG9",
          // Records whose sessions are not among the examples: of the retry, of "Draw ERD" and of the bad status.
          "SUBSESSION_STALE_RUNNING ses_816acd859ffeH7VsXITFTofUW0",
          "SUBSESSION_STALE_RUNNING ses_8105d675cffe7u0tO2GqnKR2Lk",
          "SUBSESSION_STATUS_INVALID ses_80ca5cd05ffeIJpmhqfx2jYWoz", "DELETED_RESIDUE ses_816acd859ffeH7VsXITFTofUW0",
          "DELETED_RESIDUE ses_8105d675cffe7u0tO2GqnKR2Lk", "DELETED_RESIDUE ses_80ca5cd05ffeIJpmhqfx2jYWoz",
          // Record and index of a deleted parent.
          "DELETED_RESIDUE ses_83b306e80ffew2kdHlQ3W1tlae", "INDEX_DUPLICATE_ENTRY ses_8105d675cffe7u0tO2GqnKR2Lk",
          std::string("SUBSESSION_INDEX_MISSING ") + kH));
}

TEST_F(CheckStoreTest, FindsTheOtherIndexesOfTheExamples) {
  WriteExamples();
  PutIndex(kE, R"(["ses_8105d675cffe7u0tO2GqnKR2Lk","ses_8105be0bcffeIb8E0Vv927xLvL"])");
  PutIndex(kA, std::string("[\"") + kC + "\"]");
  std::vector<std::string> names = Names();
  EXPECT_THAT(names, Contains("INDEX_DANGLING_ENTRY ses_8105be0bcffeIb8E0Vv927xLvL"));
  EXPECT_THAT(names, Contains(std::string("INDEX_MISSING_ENTRY ") + kD));
  EXPECT_THAT(names, Contains("INDEX_MISSING_ENTRY ses_816acd859ffeH7VsXITFTofUW0"));
  PutIndex(kA, std::string("{\"") + kC + "\":true}");
  names = Names();
  EXPECT_THAT(names, Contains(std::string("INDEX_SHAPE_INVALID ") + kA));
  EXPECT_THAT(names, Not(Contains(std::string("INDEX_MISSING_ENTRY ") + kD)));
}

TEST_F(CheckStoreTest, FindsLitterAndConflictCopies) {
  WriteExamples();
  const std::string info = std::string("storage/session/info/") + kA + ".json";
  Put(info + "1751966108427.tmp", "{");
  Put(info + ".conflict-web-ui", "{}");
  Put(std::string("storage/session/sub-sessions/") + kC + ".json1751966291438.tmp", "");
  int seen = 0;
  for (const Finding& finding : Check()) {
    if (finding.code == "TMP_LITTER" && finding.subject_id == kA) {
      EXPECT_EQ(finding.severity, Severity::kP1);
      EXPECT_THAT(finding.paths, ElementsAre(At(info + "1751966108427.tmp"), At(info)));
      ++seen;
    }
    if (finding.code == "TMP_LITTER" && finding.subject_id == kC) {
      EXPECT_EQ(finding.severity, Severity::kP3);
      ++seen;
    }
    if (finding.code == "STORAGE_CONFLICT_COPY") {
      EXPECT_EQ(finding.path, At(info + ".conflict-web-ui"));
      ++seen;
    }
  }
  EXPECT_EQ(seen, 3);
}

TEST_F(CheckStoreTest, TellsTheFaultsOfDocumentsApart) {
  struct Case {
    std::string bytes;
    std::string code;
  };
  const std::string whole = R"({"id":"ses_816aecd9affetzTJbgUmNbzSey","version":"1","title":"T","time":)"
                            R"({"created":1751966102117,"updated":1751966108427}})";
  const std::vector<Case> cases = {{"", "SESSION_JSON_EMPTY"},
                                   {" \n", "SESSION_JSON_EMPTY"},
                                   {std::string(64, '\0'), "SESSION_JSON_NUL"},
                                   {whole + std::string(3, '\0'), "SESSION_JSON_NUL"},
                                   {"\xEF\xBB\xBF" + whole, "SESSION_ENCODING_INVALID"},
                                   {"{\"title\":\"\xFF\"}", "SESSION_ENCODING_INVALID"},
                                   {whole.substr(0, 40), "SESSION_JSON_TRUNCATED"},
                                   {whole + whole, "SESSION_JSON_INVALID"},
                                   {"{'id'}", "SESSION_JSON_INVALID"},
                                   {"null", "SESSION_SHAPE_INVALID"},
                                   {"{}", "SESSION_SHAPE_INVALID"}};
  for (const Case& c : cases) {
    Put(std::string("storage/session/info/") + kA + ".json", c.bytes);
    const std::vector<Finding> findings = Check();
    ASSERT_EQ(findings.size(), 1U) << c.code;
    EXPECT_EQ(findings[0].code, c.code);
    EXPECT_EQ(findings[0].subject_id, kA);
    EXPECT_EQ(findings[0].evidence.count("sha256"), 1U);
  }
}

TEST_F(CheckStoreTest, NullInAppJsonStopsEveryStart) {
  Put("storage/session/info/.keep", "");
  Put("app.json", "null\n");
  const std::vector<Finding> findings = Check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].code, "APP_SHAPE_INVALID");
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  Put("app.json", "{\"initialized\":\"yes\"}");
  EXPECT_EQ(Check().at(0).severity, Severity::kP3);
  Put("app.json", "{}");
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckStoreTest, NeverPutsTheTextOfMessagesIntoEvidence) {
  Put(std::string("storage/session/message/") + kA + "/msg_7e9514205001pp3ZRCKPeY2hIX.json", "{\"text\":\"secret");
  for (const Finding& finding : Check()) {
    EXPECT_EQ(finding.evidence.count("head_hex"), 0U) << finding.code;
    for (const auto& [name, value] : finding.evidence) {
      const auto* text = std::get_if<std::string>(&value);
      EXPECT_TRUE(text == nullptr || text->find("secret") == std::string::npos) << name;
    }
  }
}

TEST_F(CheckStoreTest, DocumentsWithoutRulesOfTheirOwnAreLeftAlone) {
  WriteExamples();
  const std::vector<std::string> before = Names();
  const std::string storage = "storage/";
  for (const std::string& path :
       {"session/checkpoint/" + std::string(kA) + "/chk_7e9514205001pp3ZRCKPeY2hIX.json",
        std::string("checkpoint/chk_7e9514205001pp3ZRCKPeY2hIX.json"), std::string("checkpoint/objects/fb96ac51.json"),
        std::string("evolution/history/1751966102117.json"), std::string("evolution/generation/1751966102117.json"),
        "performance/metrics/" + std::string(kA) + ".json", "performance/patterns/" + std::string(kA) + ".json",
        "prompting/sessions/" + std::string(kA) + ".json", std::string("prompting/performance.json"),
        std::string("migration-report.json")}) {
    for (const char* bytes : {"{}", "", "{\"cut", "null"}) {
      Put(storage + path, bytes);
      EXPECT_EQ(Names(), before) << path << " holding " << bytes;
    }
  }
}

TEST_F(CheckStoreTest, EveryClassOfDocumentMayBeTooLarge) {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  WriteExamples();
  const std::string session = "storage/session/";
  const std::map<std::string, std::string> documents = {
      {"SESSION", session + "info/" + kE + ".json"},
      {"MESSAGE", session + "message/" + kE + "/msg_7efa1358f001jQkcNwcepQtcbi.json"},
      {"SUBSESSION", session + "sub-sessions/" + kC + ".json"},
      {"INDEX", session + "sub-session-index/" + kC + ".json"},
      {"APP", "app.json"},
      {"SHARE", session + "share/" + kE + ".json"},
      {"PERFORMANCE", session + "performance/" + kA + ".json"}};
  for (const auto& [name, path] : documents) {
    std::filesystem::resize_file(At(path), static_cast<std::uintmax_t>((name == "MESSAGE" ? 50 : 100) * kMiB + 1));
    bool found = false;
    for (const Finding& finding : Check()) {
      if (finding.code != name + "_OVERSIZE") continue;
      found = true;
      EXPECT_EQ(finding.severity, Severity::kP3);
      EXPECT_EQ(finding.path, At(path));
      EXPECT_EQ(finding.repair, "");
    }
    EXPECT_TRUE(found) << name;
  }
}

TEST_F(CheckStoreTest, ThingsThatAreNoFilesAreToldAndNotOpened) {
  Put(std::string("storage/session/message/") + kA + "/nested/msg_x.json", "{}");
  Put("app.json", "{}");
  const std::string info = At("storage/session/info");
  ASSERT_EQ(mkdir(info.c_str(), 0755), 0);
  ASSERT_EQ(mkfifo((info + "/pipe.json").c_str(), 0644), 0);
  ASSERT_EQ(symlink("/etc/passwd", (info + "/ses_link.json").c_str()), 0);
  ASSERT_EQ(symlink("pipe.json", (info + "/ses_inside.json").c_str()), 0);
  ASSERT_EQ(mknod((info + "/ses_socket.json").c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_EQ(mkdir((info + "/ses_folder.json").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((info + "/old").c_str(), 0755), 0);
  std::vector<std::string> security;
  std::int64_t types = 0;
  for (const Finding& finding : Check()) {
    EXPECT_EQ(finding.code, "STORAGE_UNEXPECTED_TYPE") << finding.path;
    ++types;
    if (finding.evidence.count("security") > 0) security.push_back(finding.path);
  }
  EXPECT_EQ(types, 7);
  EXPECT_THAT(security, ElementsAre(info + "/ses_link.json"));
}

TEST_F(CheckStoreTest, TheGuidesWorkspaceNeedsItsFolders) {
  const std::string root = ".local/share/opencode/User/workspaceStorage/payments/dgmo/";
  home_.Write(root + "sessions/" + kA + ".json",
              R"({"id":"ses_816aecd9affetzTJbgUmNbzSey","version":"1",)"
              R"("title":"New Session - 2025-07-08T09:15:02.117Z","time":{"created":1751966102117,)"
              R"("updated":1751966108427}})");
  home_.Write(root + "storage/session/x", "");
  EXPECT_THAT(Names(), UnorderedElementsAre("STORAGE_SUBDIR_MISSING logs", "STORAGE_FOREIGN_FILE storage/session/x"));
  home_.Write(root + "logs/system.log", "");
  EXPECT_THAT(Names(), ElementsAre("STORAGE_FOREIGN_FILE storage/session/x"));
}

TEST_F(CheckStoreTest, AnotherProgramsStoreIsLeftAlone) {
  home_.Write(".local/share/opencode/storage/migration", "2");
  home_.Write(".local/share/opencode/storage/session/p/ses_x.json", "not ours");
  EXPECT_THAT(Names(), ElementsAre("STORAGE_FOREIGN_LAYOUT "));
}

}  // namespace
}  // namespace fleet::agent
