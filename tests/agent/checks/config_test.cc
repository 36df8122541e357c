#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "agent/checks/mcp_entries.h"
#include "agent/checks/program_versions.h"
#include "agent/checks/qdrant_entry.h"
#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kGlobal[] = "/home/mira/.config/dgmo/config.json";
constexpr char kFormer[] = "/home/mira/.config/opencode/config.json";

ConfigFile FileOf(const std::string& path, const std::string& app, const std::string& text,
                  const std::string& project = "") {
  ConfigFile file;
  file.path = path;
  file.app = app;
  file.project = project;
  file.stat = StatAt(kWrittenMs, static_cast<std::int64_t>(text.size()));
  nlohmann::json value;
  const ConfigDialect dialect = app == "dgmo" ? ConfigDialect::kDgmo : ConfigDialect::kOpencode;
  file.document = ReadConfigDocument(text, dialect, value);
  if (value.is_object() && value.contains("mcp")) {
    for (const auto& [name, server] : value["mcp"].items()) file.servers.push_back(name);
  }
  return file;
}

// A home where dgmo is at work by its present name, is installed and says 0.2.3.
HomeModel Home(std::vector<ConfigFile> files = {}) {
  HomeModel home = HomeOf({});
  home.home.config_home = "/home/mira/.config";
  home.config.emplace();
  home.config->files = std::move(files);
  home.config->dgmo_used = true;
  for (const char* name : {"dgmo", "opencode", "bun"}) home.config->programs[name];
  InstalledProgram& dgmo = home.config->programs["dgmo"];
  dgmo.path = "/home/mira/.local/bin/dgmo";
  dgmo.answer = InstalledProgram::Answer::kVersion;
  dgmo.version = "0.2.3";
  return home;
}

std::string Dump(const Finding& finding) {
  std::string text;
  for (const auto& [key, value] : finding.evidence) {
    text += key + "=" +
            (std::holds_alternative<std::string>(value) ? std::get<std::string>(value)
                                                        : std::to_string(std::get<std::int64_t>(value))) +
            "\n";
  }
  return text;
}

TEST(ConfigRules, NothingIsSaidWithoutFacts) {
  HomeModel home = HomeOf({StoreBuilder().Family()});
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

TEST(ConfigRules, AnUnknownKeyStopsDgmoAndIsNamedWithoutItsValue) {
  const HomeModel home = Home({FileOf(kGlobal, "dgmo", R"({"apiKey":"hunter2","theme":1})")});
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_SCHEMA_INVALID config"));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].path, kGlobal);
  EXPECT_EQ(findings[0].root, "/home/mira");
  EXPECT_EQ(findings[0].evidence.at("pointer"), EvidenceValue("/apiKey"));
  EXPECT_EQ(findings[0].evidence.at("expected"), EvidenceValue("no such key"));
  EXPECT_EQ(findings[0].evidence.at("pointer_2"), EvidenceValue("/theme"));
  EXPECT_THAT(Dump(findings[0]), Not(HasSubstr("hunter2")));
}

TEST(ConfigRules, CommentsAreNoDamage) {
  const HomeModel home = Home({FileOf("/p/dgmo.jsonc", "dgmo", "{\"theme\":\"nord\", /* night */}", "/p")});
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_JSONC_COMMENTS config"));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].evidence.at("offset"), EvidenceValue(std::int64_t{15}));
}

TEST(ConfigRules, ADamagedProjectFileStopsDgmoThere) {
  const HomeModel home = Home({FileOf("/p/dgmo.json", "dgmo", "", "/p")});
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), ElementsAre("CONFIG_JSON_EMPTY config"));
}

TEST(ConfigRules, FilesOfTheFormerNameAreJudgedOnlyWhereOldBuildsReadThem) {
  const ConfigFile unknown_key = FileOf("/p/opencode.json", "opencode", R"({"name":"dgmstt"})", "/p");
  HomeModel home = Home({unknown_key});
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), ElementsAre("CONFIG_LEGACY_FILENAME config"));
  home.config->dgmo_used = false;
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), ElementsAre("CONFIG_SCHEMA_INVALID config"));
  // They are those of today's original product.
  home.foreign.push_back({RootKind::kForeign, "/d/opencode/storage", "opencode", "storage", 0});
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), ElementsAre("STORAGE_FOREIGN_LAYOUT"));
}

TEST(ConfigRules, AFileThatDgmoMayBeWritingIsLeftAlone) {
  ConfigFile file = FileOf(kGlobal, "dgmo", "");
  file.stat = StatAt(kNowMs - 2'000, 0);
  HomeModel home = Home({file});
  EXPECT_THAT(Names(CheckHome(home, kNowMs)), ElementsAre("CONFIG_JSON_EMPTY config"));
  home.config->dgmo_running = true;
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

TEST(ConfigRules, OneFileOfThePresentNameIsEnough) {
  const ConfigFile former = FileOf("/p/opencode.json", "opencode", R"({"theme":"nord"})", "/p");
  const ConfigFile present = FileOf("/p/src/dgmo.jsonc", "dgmo", "{}", "/p");
  const std::vector<Finding> findings = CheckHome(Home({former}), kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_LEGACY_FILENAME config"));
  EXPECT_EQ(findings[0].evidence.at("valid"), EvidenceValue(std::int64_t{1}));
  EXPECT_EQ(findings[0].path, "/p/opencode.json");
  EXPECT_THAT(CheckHome(Home({former, present}), kNowMs), IsEmpty());
}

TEST(ConfigRules, ServersThatStayedBehindAreNamed) {
  const char* two =
      R"({"mcp":{"docs":{"type":"remote","url":"http://secret@h"},"memory":{"type":"remote","url":"u"}}})";
  const char* one = R"({"mcp":{"docs":{"type":"remote","url":"u"}}})";
  const std::vector<Finding> findings =
      CheckHome(Home({FileOf(kFormer, "opencode", two), FileOf(kGlobal, "dgmo", one)}), kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_LEGACY_LOCATION config"));
  EXPECT_EQ(findings[0].evidence.at("servers"), EvidenceValue("memory"));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_THAT(findings[0].paths, ElementsAre(kFormer, kGlobal));
  EXPECT_THAT(CheckHome(Home({FileOf(kFormer, "opencode", two), FileOf(kGlobal, "dgmo", two)}), kNowMs), IsEmpty());
  EXPECT_THAT(Names(CheckHome(Home({FileOf(kFormer, "opencode", two)}), kNowMs)),
              ElementsAre("CONFIG_LEGACY_LOCATION config"))
      << "no file of the present name at all";
  EXPECT_THAT(Names(CheckHome(Home({FileOf(kFormer, "opencode", two), FileOf(kGlobal, "dgmo", "{} // x")}), kNowMs)),
              ElementsAre("CONFIG_JSONC_COMMENTS config", "CONFIG_LEGACY_LOCATION config"))
      << "behind comments";
  HomeModel old = Home({FileOf(kFormer, "opencode", two)});
  old.config->dgmo_used = false;
  EXPECT_THAT(CheckHome(old, kNowMs), IsEmpty());
}

McpEntry Memory() {
  McpEntry entry;
  entry.name = "qdrant";
  entry.command = {"uvx", "mcp-server-qdrant"};
  entry.environment = {{"QDRANT_URL", "http://localhost:6333"},
                       {"COLLECTION_NAME", "AgentMemories"},
                       {"EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2"}};
  entry.file = kGlobal;
  return entry;
}

HomeModel HomeWith(std::vector<McpEntry> entries) {
  HomeModel home = Home();
  home.config->mcp_entries = std::move(entries);
  return home;
}

TEST(QdrantServer, AsExpectedInAnySpelling) {
  EXPECT_THAT(CheckHome(HomeWith({Memory()}), kNowMs), IsEmpty());
  McpEntry entry = Memory();
  for (const char* url : {"http://127.0.0.1:6333", "http://localhost:6333/", "http://[::1]:6333", "http://LOCALHOST"}) {
    entry.environment["QDRANT_URL"] = url;
    EXPECT_THAT(CheckHome(HomeWith({entry}), kNowMs), IsEmpty()) << url;
  }
  entry.environment.erase("EMBEDDING_MODEL");
  EXPECT_THAT(CheckHome(HomeWith({entry}), kNowMs), IsEmpty()) << "the server's own default";
}

TEST(QdrantServer, DifferencesAreNamedAndNoValueIsTold) {
  McpEntry entry = Memory();
  entry.environment = {{"QDRANT_URL", "http://user:hunter2@far:6333"}, {"EMBEDDING_MODEL", "BAAI/bge-small-en-v1.5"}};
  const std::vector<Finding> findings = CheckHome(HomeWith({entry}), kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_MCP_QDRANT_MISMATCH qdrant"));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].path, kGlobal);
  EXPECT_EQ(findings[0].evidence.at("QDRANT_URL"), EvidenceValue("differs"));
  EXPECT_EQ(findings[0].evidence.at("COLLECTION_NAME"), EvidenceValue("missing"));
  EXPECT_EQ(findings[0].evidence.at("EMBEDDING_MODEL"), EvidenceValue("differs"));
  EXPECT_THAT(Dump(findings[0]), AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr("bge"))));
}

TEST(QdrantServer, OneAsExpectedIsEnough) {
  McpEntry notes = Memory();
  notes.name = "notes";
  notes.environment["COLLECTION_NAME"] = "notes";
  EXPECT_THAT(CheckHome(HomeWith({notes, Memory()}), kNowMs), IsEmpty());
  EXPECT_THAT(Names(CheckHome(HomeWith({notes}), kNowMs)), ElementsAre("CONFIG_MCP_QDRANT_MISMATCH notes"));
}

TEST(QdrantServer, IsMissedOnlyWhereMemoryIsRequired) {
  McpEntry off = Memory();
  off.enabled = false;
  CheckSettings required;
  required.memory_required = true;
  for (const HomeModel& home : {HomeWith({}), HomeWith({off})}) EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
  std::vector<Finding> findings = CheckHome(HomeWith({}), kNowMs, required);
  ASSERT_THAT(Names(findings), ElementsAre("CONFIG_MCP_QDRANT_MISMATCH qdrant"));
  EXPECT_EQ(findings[0].evidence.at("server"), EvidenceValue("missing"));
  findings = CheckHome(HomeWith({off}), kNowMs, required);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].evidence.at("server"), EvidenceValue("disabled"));
}

TEST(QdrantServer, IsKnownByNameCommandOrEnvironment) {
  McpEntry entry;
  EXPECT_FALSE(IsQdrantEntry(entry));
  entry.name = "Qdrant-memory";
  EXPECT_TRUE(IsQdrantEntry(entry));
  entry.name = "memory";
  EXPECT_FALSE(IsQdrantEntry(entry));
  entry.command = {"/opt/venv/bin/mcp-server-qdrant"};
  EXPECT_TRUE(IsQdrantEntry(entry));
  entry.command = {"python3", "server.py"};
  entry.environment = {{"QDRANT_LOCAL_PATH", "/x"}};
  EXPECT_TRUE(IsQdrantEntry(entry));
}

TEST(McpEntries, AreMergedAsDgmoMergesThem) {
  const nlohmann::json global = {
      {"mcp",
       {{"a", {{"type", "local"}, {"command", {"x"}}, {"environment", {{"K", "1"}}}}}, {"bad", {{"type", "local"}}}}}};
  const nlohmann::json project = {
      {"mcp",
       {{"a", {{"type", "local"}, {"command", {"y", "z"}}, {"environment", {{"L", "2"}}}, {"enabled", false}}},
        {"b", {{"type", "remote"}, {"url", "http://h"}}}}}};
  const std::vector<McpEntry> entries =
      McpEntriesOf({{"/g", "", global}, {"/p/dgmo.json", "/p", project}, {"/q/dgmo.json", "/q", nullptr}});
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].file, "/g");
  EXPECT_TRUE(entries[0].enabled);
  EXPECT_EQ(entries[1].name, "a");
  EXPECT_EQ(entries[1].file, "/p/dgmo.json");
  EXPECT_EQ(entries[1].command, (std::vector<std::string>{"y", "z"}));
  EXPECT_EQ(entries[1].environment, (std::map<std::string, std::string>{{"K", "1"}, {"L", "2"}}));
  EXPECT_FALSE(entries[1].enabled);
  EXPECT_EQ(entries[2].type, McpEntry::Type::kRemote);
  EXPECT_EQ(entries[2].url, "http://h");
}

TEST(GuideFiles, AUsedWorkspaceHasBoth) {
  StoreBuilder store(RootKind::kGuide, "/w/dgmo");
  store.model.has_app_file = false;
  store.model.has_config_file = false;
  store.Session(Ses(1));
  EXPECT_THAT(NamesIn(store), IsEmpty()) << "never had the folder";
  store.model.directories.insert(".opencode");
  const std::vector<Finding> findings = CheckStore(store);
  EXPECT_THAT(Names(findings),
              ElementsAre("CONFIG_MISSING .opencode/app.json", "CONFIG_MISSING .opencode/config.json"));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].path, "/w/dgmo/.opencode/app.json");
  store.model.unreadable[".opencode"] = {EACCES, true};
  EXPECT_THAT(NamesIn(store), ElementsAre("PERM_DIR_ACCESS .opencode")) << "not known";
  EXPECT_THAT(NamesIn(StoreBuilder().Session(Ses(1))), IsEmpty()) << "dgmo's own roots have no such files";
}

TEST(AppState, WeighsByPlace) {
  const auto of = [](RootKind kind, const std::string& path) {
    StoreBuilder store(kind, kind == RootKind::kGuide ? "/w/dgmo" : "/d/dgmo/project/p");
    const std::vector<Finding> findings = CheckStore(store.Damage(path, FaultKind::kTruncated));
    return findings.size() != 1 ? "" : findings[0].code + " " + std::string(SeverityText(findings[0].severity));
  };
  EXPECT_EQ(of(RootKind::kProgram, "app.json"), "APP_JSON_TRUNCATED P3");
  EXPECT_EQ(of(RootKind::kGuide, ".opencode/app.json"), "APP_JSON_TRUNCATED P2");
  EXPECT_EQ(of(RootKind::kGuide, ".opencode/state.json"), "APP_STATE_INVALID P2");
}

TEST(AppState, TheTuiHealsItself) {
  HomeModel home = Home();
  home.config->tui_states.push_back(
      {"/home/mira/.local/state/dgmo/tui", StatAt(kWrittenMs), "not TOML from line 1 on"});
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("APP_STATE_INVALID tui"));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].repair, "");
  home.config->tui_states[0].fault.clear();
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

HomeModel WithData(const std::string& app, RootKind kind = RootKind::kProgram) {
  StoreBuilder store(kind, "/d/" + app);
  store.Session(Ses(1)).model.root.app = app;
  store.model.has_config_file = true;
  HomeModel home = Home();
  home.roots.push_back(store.model);
  home.roots.back().sessions.at(Ses(1)).document.version = "0.2.3";
  return home;
}

TEST(Installed, DataWithoutAProgramIsUrgent) {
  HomeModel home = WithData("dgmo");
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
  home.config->programs["dgmo"] = {};
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("DGMO_NOT_INSTALLED dgmo"));
  EXPECT_EQ(findings[0].severity, Severity::kP1);
  EXPECT_EQ(findings[0].path, "/home/mira/.dgmo/bin/dgmo");
  home.roots.clear();
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty()) << "no data, nothing to open";
}

TEST(Installed, OneThatRunsOrMayBeWhereNobodyCouldLookIsNotMissed) {
  HomeModel home = WithData("dgmo");
  home.config->programs["dgmo"] = {};
  home.config->dgmo_running = true;
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
  home.config->dgmo_running = false;
  home.config->programs["dgmo"].looked_everywhere = false;
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty());
}

TEST(Installed, AProgramOfTheFormerNameOpensWhatLiesBelowIt) {
  HomeModel former = WithData("opencode");
  former.config->programs["dgmo"] = {};
  EXPECT_THAT(Names(CheckHome(former, kNowMs)), ElementsAre("DGMO_NOT_INSTALLED dgmo"));
  former.config->programs["opencode"].path = "/usr/local/bin/opencode";
  EXPECT_THAT(CheckHome(former, kNowMs), IsEmpty());
  HomeModel present = WithData("dgmo");
  present.config->programs["dgmo"] = {};
  present.config->programs["opencode"].path = "/usr/local/bin/opencode";
  EXPECT_THAT(Names(CheckHome(present, kNowMs)), ElementsAre("DGMO_NOT_INSTALLED dgmo"));
}

TEST(Versions, FollowTheFleetsPolicy) {
  CheckSettings settings;
  settings.dgmo_version = "0.3";
  settings.bun_version = "1.2.14";
  HomeModel home = WithData("dgmo");
  home.config->programs["bun"].answer = InstalledProgram::Answer::kVersion;
  home.config->programs["bun"].version = "1.2.14";
  const std::vector<Finding> findings = CheckHome(home, kNowMs, settings);
  ASSERT_THAT(Names(findings), ElementsAre("VERSION_MISMATCH dgmo"));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  EXPECT_EQ(findings[0].evidence.at("installed"), EvidenceValue("0.2.3"));
  EXPECT_EQ(findings[0].evidence.at("wanted"), EvidenceValue("0.3"));
  settings.dgmo_version = "0.2";
  EXPECT_THAT(CheckHome(home, kNowMs, settings), IsEmpty());
}

TEST(Versions, SessionsOfANewerProgramAreCounted) {
  HomeModel home = WithData("dgmo");
  const auto version = [&](const std::string& text) -> std::string& {
    return home.roots.back().sessions.at(Ses(1)).document.version = text;
  };
  for (const char* fine : {"0.2.3", "0.1.174", "dev", ""}) {
    version(fine);
    EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty()) << fine;
  }
  version("0.10.0");
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("VERSION_MISMATCH dgmo sessions"));
  EXPECT_EQ(findings[0].evidence.at("session_version"), EvidenceValue("0.10.0"));
  EXPECT_EQ(findings[0].severity, Severity::kP3);
  home.config->programs["dgmo"].answer = InstalledProgram::Answer::kNone;
  EXPECT_THAT(CheckHome(home, kNowMs), IsEmpty()) << "not known";
}

TEST(Versions, AProgramThatCannotSayItsVersionIsWorse) {
  HomeModel home = WithData("dgmo");
  home.config->programs["dgmo"].answer = InstalledProgram::Answer::kFailed;
  home.config->programs["dgmo"].failure = "exit code 127";
  const std::vector<Finding> findings = CheckHome(home, kNowMs);
  ASSERT_THAT(Names(findings), ElementsAre("VERSION_MISMATCH dgmo"));
  EXPECT_EQ(findings[0].severity, Severity::kP2);
}

TEST(Versions, AreReadFromWhatProgramsPrint) {
  EXPECT_EQ(VersionIn("dgmo 0.2.13-beta"), (VersionNumbers{0, 2, 13}));
  EXPECT_EQ(VersionIn("v1.2"), (VersionNumbers{1, 2, 0}));
  EXPECT_EQ(VersionIn("dev"), std::nullopt);
  EXPECT_EQ(VersionIn("99999999999999999999.1"), std::nullopt);
  EXPECT_TRUE(IsWanted("0.2.13", "0.2"));
  EXPECT_FALSE(IsWanted("0.2.13", "0.2.1"));
  EXPECT_TRUE(IsWanted("dev", "dev"));
  EXPECT_FALSE(IsWanted("dev", "0.2"));
}

}  // namespace
}  // namespace fleet::agent
