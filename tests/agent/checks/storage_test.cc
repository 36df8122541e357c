#include <gmock/gmock.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::string InfoOf(int n) { return "storage/session/info/" + Ses(n) + ".json"; }

TEST(StorageRules, FoldersThatEveryRootHasAreMissed) {
  StoreBuilder program;
  program.model.directories.clear();
  EXPECT_THAT(NamesIn(program), ElementsAre("STORAGE_SUBDIR_MISSING storage"));
  program.model.has_app_file = false;
  EXPECT_THAT(NamesIn(program), IsEmpty());
  StoreBuilder guide(RootKind::kGuide, "/w/dgmo");
  guide.model.directories = {"storage"};
  EXPECT_THAT(NamesIn(guide), UnorderedElementsAre("STORAGE_SUBDIR_MISSING sessions", "STORAGE_SUBDIR_MISSING logs"));
}

TEST(StorageRules, MessagesWithoutTheInfoFolderWeighByWhetherThereAreAny) {
  StoreBuilder store;
  store.model.directories.erase("storage/session/info");
  std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("STORAGE_SUBDIR_MISSING storage/session/info"));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].repair, "R-DIRS");
  findings = CheckStore(store.Messages(Ses(1)));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].code, "STORAGE_SUBDIR_MISSING");
  EXPECT_EQ(findings[1].severity, Severity::kP1);
}

TEST(StorageRules, ForeignFilesAndConflictCopiesWeighByPlace) {
  const auto severity = [](const std::string& path, Stray::Kind kind) {
    const std::vector<Finding> findings = CheckStore(StoreBuilder().AddStray(path, kind));
    EXPECT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].repair, "R-QUARANTINE");
    EXPECT_FALSE(findings[0].auto_repair);
    return findings[0].code + " " + std::string(SeverityText(findings[0].severity));
  };
  EXPECT_EQ(severity("storage/session/info/notes.txt", Stray::Kind::kForeignFile), "STORAGE_FOREIGN_FILE P1");
  EXPECT_EQ(severity("storage/session/message/" + Ses(1) + "/x.bak", Stray::Kind::kForeignFile),
            "STORAGE_FOREIGN_FILE P2");
  EXPECT_EQ(severity("storage/session/sub-sessions/x.bak", Stray::Kind::kForeignFile), "STORAGE_FOREIGN_FILE P3");
  EXPECT_EQ(severity(InfoOf(1) + ".conflict-web", Stray::Kind::kConflictCopy), "STORAGE_CONFLICT_COPY P1");
}

TEST(StorageRules, ALinkThatLeavesTheRootIsASecurityMatter) {
  StoreBuilder store;
  store.AddStray("storage/session/info/x.json", Stray::Kind::kUnexpectedType);
  store.model.strays.begin()->second.type = EntryType::kSymlink;
  EXPECT_EQ(CheckStore(store).at(0).evidence.count("security"), 0U);
  store.model.strays.begin()->second.leaves_root = true;
  const Finding finding = CheckStore(store).at(0);
  EXPECT_EQ(finding.code, "STORAGE_UNEXPECTED_TYPE");
  EXPECT_EQ(finding.severity, Severity::kP2);
  EXPECT_EQ(finding.repair, "");
  EXPECT_EQ(finding.evidence.at("security"), EvidenceValue(std::int64_t{1}));
}

TEST(StorageRules, LitterOfOneDocumentIsOneFindingNewestFirst) {
  StoreBuilder store;
  store.Session(Ses(1));
  for (const std::int64_t ms : {kWrittenMs, kWrittenMs + 5}) {
    store.AddStray(InfoOf(1) + std::to_string(ms) + ".tmp", Stray::Kind::kLitter, InfoOf(1), ms);
  }
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("TMP_LITTER " + Ses(1)));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_TRUE(findings[0].auto_repair);
  const std::string root = "/d/dgmo/project/p/";
  EXPECT_THAT(findings[0].paths, ElementsAre(root + InfoOf(1) + std::to_string(kWrittenMs + 5) + ".tmp",
                                             root + InfoOf(1) + std::to_string(kWrittenMs) + ".tmp", root + InfoOf(1)));
  EXPECT_EQ(findings[0].evidence.at("target_state"), EvidenceValue("valid"));
}

TEST(StorageRules, LitterOfTheSameIdInTwoFoldersIsTwoFaults) {
  StoreBuilder store;
  store.Family();
  for (const DocumentClass cls : {DocumentClass::kSession, DocumentClass::kSubsession}) {
    const std::string target = store.PathOf(cls, Ses(2));
    store.AddStray(target + "1751960000000.tmp", Stray::Kind::kLitter, target, 1'751'960'000'000);
  }
  const std::vector<Finding> findings = CheckStore(store);
  ASSERT_THAT(Names(findings), ElementsAre("TMP_LITTER " + Ses(2), "TMP_LITTER " + Ses(2)));
  EXPECT_NE(findings[0].fingerprint, findings[1].fingerprint);
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[1].severity, Severity::kP3);
}

TEST(StorageRules, YoungLitterIsAWriteInProgress) {
  const auto found = [](bool live, std::int64_t name_age_ms, std::int64_t file_age_ms) {
    StoreBuilder store;
    store.model.live = live;
    store.mtime_ms = kNowMs - file_age_ms;
    store.AddStray(InfoOf(1) + "1.tmp", Stray::Kind::kLitter, InfoOf(1), kNowMs - name_age_ms);
    return !CheckStore(store).empty();
  };
  EXPECT_FALSE(found(false, 60'000, 60'000));
  EXPECT_TRUE(found(false, 60'001, 60'001));
  EXPECT_TRUE(found(false, 60'001, 0)) << "copied just now, but begun long ago";
  EXPECT_FALSE(found(true, 60'001, 60'000)) << "a live program may take its time";
  EXPECT_TRUE(found(true, 60'001, 60'001));
}

TEST(DocumentRules, ClassAndFaultMakeTheCode) {
  struct Case {
    std::string path;
    FaultKind kind;
    std::string expected;
  };
  const std::string storage = "storage/session/";
  const std::vector<Case> cases = {
      {InfoOf(1), FaultKind::kEmpty, "SESSION_JSON_EMPTY P1"},
      {InfoOf(1), FaultKind::kByteOrderMark, "SESSION_ENCODING_INVALID P3"},
      {InfoOf(1), FaultKind::kEncoding, "SESSION_ENCODING_INVALID P1"},
      {InfoOf(1), FaultKind::kOversize, "SESSION_OVERSIZE P3"},
      {storage + "message/" + Ses(1) + "/msg_1.json", FaultKind::kTruncated, "MESSAGE_JSON_TRUNCATED P1"},
      {storage + "sub-sessions/" + Ses(1) + ".json", FaultKind::kInvalid, "SUBSESSION_JSON_INVALID P2"},
      {storage + "sub-session-index/" + Ses(1) + ".json", FaultKind::kNul, "INDEX_JSON_NUL P2"},
      {storage + "share/" + Ses(1) + ".json", FaultKind::kShape, "SHARE_SHAPE_INVALID P3"},
      {storage + "performance/" + Ses(1) + ".json", FaultKind::kEmpty, "PERFORMANCE_JSON_EMPTY P3"},
      {"app.json", FaultKind::kEmpty, "APP_JSON_EMPTY P3"},
      {"app.json", FaultKind::kShape, "APP_SHAPE_INVALID P1"},  // the builder's bytes are null
  };
  for (const Case& c : cases) {
    const std::vector<Finding> findings = CheckStore(StoreBuilder().Damage(c.path, c.kind));
    ASSERT_EQ(findings.size(), 1U) << c.expected;
    EXPECT_EQ(findings[0].code + " " + std::string(SeverityText(findings[0].severity)), c.expected);
    EXPECT_EQ(findings[0].path, "/d/dgmo/project/p/" + c.path);
    EXPECT_EQ(findings[0].evidence.at("size"), EvidenceValue(std::int64_t{4}));
    EXPECT_EQ(findings[0].evidence.at("offset"), EvidenceValue(std::int64_t{7}));
  }
}

TEST(DocumentRules, AnAppFileOfAnotherShapeIsHarmless) {
  StoreBuilder store;
  store.Damage("app.json", FaultKind::kShape).model.damaged.begin()->second.head_hex = "226e756c6c22";
  EXPECT_EQ(CheckStore(store).at(0).severity, Severity::kP3);
}

TEST(DocumentRules, ADamagedGlobalConfigurationStopsDgmo) {
  HomeModel home = HomeOf({});
  ConfigFile& file = home.config.emplace().files.emplace_back();
  file.path = "/home/mira/.config/dgmo/config.json";
  file.app = "dgmo";
  file.document.fault = Fault{FaultKind::kEmpty, 0, ""};
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_JSON_EMPTY config"));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].root, "/home/mira");
  EXPECT_EQ(findings[0].repair, "R-CONFIG-RECOVER");
}

TEST(LayoutRules, SessionsInTwoRootsAreOneFindingAHome) {
  StoreBuilder older(RootKind::kProgram, "/d/opencode/project/p");
  older.mtime_ms = kWrittenMs - 1000;
  older.Session(Ses(1)).model.root.app = "opencode";
  StoreBuilder newer(RootKind::kProgram, "/d/dgmo/project/p");
  newer.Session(Ses(2));
  const std::vector<Finding> findings = CheckHome(HomeOf({older, newer}), kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("LAYOUT_SPLIT"));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].root, "/home/mira");
  EXPECT_THAT(findings[0].paths, ElementsAre("/d/dgmo/project/p", "/d/opencode/project/p"));
  EXPECT_EQ(findings[0].evidence.at("active"), EvidenceValue("/d/dgmo/project/p"));
  EXPECT_EQ(findings[0].evidence.at("root_01"),
            EvidenceValue("U /d/opencode/project/p: 1 sessions, newest 2025-07-08T08:13:19.000Z"));
}

TEST(LayoutRules, AnEmptyActiveRootBesideAStrandedOneIsUrgent) {
  StoreBuilder stranded(RootKind::kProgram, "/d/opencode/project/p");
  stranded.Session(Ses(1)).model.root.app = "opencode";
  const StoreBuilder empty;
  std::vector<Finding> findings = CheckHome(HomeOf({stranded, empty}), kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("LAYOUT_SPLIT"));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  // An empty project beside one that is in use is nothing to speak of.
  const HomeModel home = HomeOf({StoreBuilder(RootKind::kProgram, "/d/dgmo/project/q").Session(Ses(1)), empty});
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

TEST(LayoutRules, RootsNamedOneByOneAreNotASplit) {
  HomeModel home = HomeOf(
      {StoreBuilder(RootKind::kProgram, "/a").Session(Ses(1)), StoreBuilder(RootKind::kProgram, "/b").Session(Ses(2))});
  home.home.path.clear();
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

TEST(LayoutRules, NoRootWeighsByWhetherThereWasData) {
  HomeModel home = HomeOf({});
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
  home.dgmo_installed = true;
  EXPECT_EQ(CheckHome(home, kNowMs).at(0).severity, Severity::kP3);
  EXPECT_EQ(CheckHome(home, kNowMs).at(0).code, "STORAGE_ROOT_MISSING");
  EXPECT_NE(CheckHome(home, kNowMs).at(0).refusal, "");
  home.has_backup = true;
  EXPECT_EQ(CheckHome(home, kNowMs).at(0).severity, Severity::kP1);
  home.unreadable["/home/mira/.local/share"] = {EACCES, true};
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), ElementsAre("PERM_DIR_ACCESS /home/mira/.local/share"));
}

TEST(LayoutRules, TheForeignLayoutIsMentioned) {
  HomeModel home = HomeOf({});
  home.foreign.push_back({RootKind::kForeign, "/d/opencode/storage", "opencode", "storage", 0});
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("STORAGE_FOREIGN_LAYOUT"));
  EXPECT_EQ(findings[0].root_kind, "M");
  EXPECT_EQ(findings[0].severity, Severity::kP3);
}

}  // namespace
}  // namespace fleet::agent
