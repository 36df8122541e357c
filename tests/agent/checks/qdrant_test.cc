#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/checks/check.h"
#include "agent/checks/qdrant_target.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Server = QdrantFacts::Server;

constexpr std::int64_t kNow = 1'751'966'000'000;
constexpr char kName[] = "fast-all-minilm-l6-v2";
constexpr char kUrl[] = "http://localhost:6333";

// A healthy server that an MCP entry of the home uses.
QdrantFacts Healthy() {
  QdrantFacts facts;
  facts.url = kUrl;
  facts.collection = "AgentMemories";
  facts.vector_name = kName;
  facts.wanted = true;
  facts.any_entry = true;
  facts.local = true;
  facts.server = Server::kAnswers;
  facts.version = "1.15.5";
  CollectionFacts& found = facts.found.emplace();
  found.status = "green";
  found.vectors = {{kName, {384, "Cosine"}}};
  found.points = 226;
  found.sample = PointSample{50, 0, {}};
  found.search_us = 20'000;
  return facts;
}

QdrantFacts Failing(Server server) {
  QdrantFacts facts = Healthy();
  facts.server = server;
  facts.found.reset();
  return facts;
}

std::vector<Finding> Check(const QdrantFacts& facts, const CheckSettings& settings = {}) {
  HomeModel home;
  home.home.path = "/home/mira";
  home.qdrant = facts;
  std::vector<Finding> findings = CheckHome(home, kNow, settings);
  std::erase_if(findings, [](const Finding& finding) { return finding.component != "qdrant"; });
  return findings;
}

std::vector<std::string> Codes(const std::vector<Finding>& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings)
    codes.push_back(finding.code + " " + std::string(SeverityText(finding.severity)));
  return codes;
}

TEST(QdrantRules, AHealthyServerGivesNothing) { EXPECT_THAT(Check(Healthy()), IsEmpty()); }

TEST(QdrantRules, WhatWasNotLookedAtGivesNothing) {
  EXPECT_THAT(Check(Failing(Server::kUnknown)), IsEmpty());
  EXPECT_THAT(Check(Failing(Server::kEmbedded)), IsEmpty());
  HomeModel home;
  EXPECT_THAT(CheckHome(home, kNow), IsEmpty());
}

TEST(QdrantRules, EachStateOfTheServerHasItsOwnCode) {
  EXPECT_THAT(Codes(Check(Failing(Server::kRefused))), ElementsAre("QDRANT_DOWN P1"));
  EXPECT_THAT(Codes(Check(Failing(Server::kTimedOut))), ElementsAre("QDRANT_TIMEOUT P2"));
  EXPECT_THAT(Codes(Check(Failing(Server::kNotReady))), ElementsAre("QDRANT_NOT_READY P2"));
  EXPECT_THAT(Codes(Check(Failing(Server::kWrongService))), ElementsAre("QDRANT_WRONG_SERVICE P1"));
  EXPECT_THAT(Codes(Check(Failing(Server::kUnauthorized))), ElementsAre("QDRANT_AUTH P2"));
}

TEST(QdrantRules, FindingsNameTheServerAndTheCall) {
  QdrantFacts facts = Failing(Server::kNotReady);
  facts.call = "GET /readyz";
  facts.status = 503;
  facts.reason = "some shards are not ready";
  const std::vector<Finding> findings = Check(facts);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].root, kUrl);
  EXPECT_EQ(findings[0].path, kUrl);
  EXPECT_EQ(findings[0].evidence.at("call"), EvidenceValue("GET /readyz"));
  EXPECT_EQ(findings[0].evidence.at("http_status"), EvidenceValue(std::int64_t{503}));
  EXPECT_EQ(findings[0].component, "qdrant");
}

TEST(QdrantRules, NothingIsDownWhereThereNeverWasAQdrant) {
  QdrantFacts facts = Failing(Server::kRefused);
  facts.wanted = facts.any_entry = false;
  EXPECT_THAT(Check(facts), IsEmpty());
}

TEST(QdrantRules, AnyTraceOfAnUnusedQdrantMakesItDownButNotUrgent) {
  QdrantFacts facts = Failing(Server::kRefused);
  facts.wanted = facts.any_entry = false;
  std::vector<QdrantFacts> traced(5, facts);
  traced[0].any_entry = true;  // disabled
  traced[1].storage = "/var/lib/qdrant/storage";
  traced[2].remembered = RememberedCollection{10, 1, 0};
  traced[3].backup = "/home/mira/backups/qdrant/AgentMemories_2025-07-08_09-20-00.snapshot";
  traced[4].process = QdrantProcess{7, 3'600'000};
  for (const QdrantFacts& each : traced) EXPECT_THAT(Codes(Check(each)), ElementsAre("QDRANT_DOWN P3"));
}

TEST(QdrantRules, EveryFindingIsOfTheLowestSeverityWhereNothingUsesQdrant) {
  QdrantFacts facts = Healthy();
  facts.wanted = false;
  facts.found->vectors = {{"", {768, "Dot"}}};
  facts.found->status = "red";
  facts.found->search_us = 900'000;
  facts.is_exposed = true;
  for (const Finding& finding : Check(facts)) EXPECT_EQ(finding.severity, Severity::kP3) << finding.code;
}

TEST(QdrantRules, AYoungProcessBehindAClosedPortIsLoadingNotDown) {
  QdrantFacts facts = Failing(Server::kRefused);
  facts.process = QdrantProcess{4711, 30'000};
  std::vector<Finding> findings = Check(facts);
  ASSERT_THAT(Codes(findings), ElementsAre("QDRANT_NOT_READY P2"));
  EXPECT_EQ(findings[0].evidence.at("loading"), EvidenceValue(std::int64_t{1}));
  EXPECT_THAT(findings[0].refusal, HasSubstr("wait"));

  facts.process->age_ms = 10 * 60'000;
  findings = Check(facts);
  ASSERT_THAT(Codes(findings), ElementsAre("QDRANT_DOWN P1"));
  EXPECT_EQ(findings[0].evidence.at("pid"), EvidenceValue(std::int64_t{4711}));
  facts.process->age_ms.reset();
  EXPECT_THAT(Codes(Check(facts)), ElementsAre("QDRANT_DOWN P1"));
}

TEST(QdrantRules, TheThirdTimeoutInARowIsCritical) {
  QdrantFacts facts = Failing(Server::kTimedOut);
  facts.remembered = RememberedCollection{0, 0, 1};
  EXPECT_THAT(Codes(Check(facts)), ElementsAre("QDRANT_TIMEOUT P2"));
  facts.remembered->timeouts_in_row = 2;
  EXPECT_THAT(Codes(Check(facts)), ElementsAre("QDRANT_TIMEOUT P1"));
}

TEST(QdrantRules, AMissingCollectionIsRecoveredWhenThereIsABackupElseMade) {
  QdrantFacts facts = Healthy();
  facts.found.reset();
  facts.collection_missing = true;
  std::vector<Finding> findings = Check(facts);
  ASSERT_THAT(Codes(findings), ElementsAre("QDRANT_COLLECTION_MISSING P1"));
  EXPECT_EQ(findings[0].repair, "R-QDR-CREATE");
  EXPECT_EQ(findings[0].subject_id, "AgentMemories");
  EXPECT_EQ(findings[0].path, std::string(kUrl) + "/collections/AgentMemories");
  facts.backup = "/home/mira/backups/qdrant/AgentMemories_2025-07-08_09-20-00.snapshot";
  findings = Check(facts);
  EXPECT_EQ(findings.at(0).repair, "R-QDR-RECOVER");
  EXPECT_EQ(findings.at(0).evidence.at("backup"), EvidenceValue(*facts.backup));
}

TEST(QdrantRules, AnUnloadedFolderForbidsMakingTheCollectionAgain) {
  QdrantFacts facts = Healthy();
  facts.found.reset();
  facts.collection_missing = true;
  facts.folder = CollectionFolder{"/var/lib/qdrant/storage/collections/AgentMemories", false};
  std::vector<Finding> findings = Check(facts);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].evidence.at("unloaded_folder"), EvidenceValue(facts.folder->path));
  EXPECT_THAT(findings[0].refusal, HasSubstr("copy the folder away"));
  facts.folder->has_config = true;
  findings = Check(facts);
  EXPECT_THAT(findings.at(0).refusal, HasSubstr("restart the server"));
}

TEST(QdrantRules, JudgesTheVectorsByTheirConfiguration) {
  const auto with = [](std::map<std::string, VectorShape> vectors) {
    QdrantFacts facts = Healthy();
    facts.found->vectors = std::move(vectors);
    return Check(facts);
  };
  EXPECT_THAT(Codes(with({{"", {384, "Cosine"}}})), ElementsAre("QDRANT_VECTOR_UNNAMED P1"));
  EXPECT_THAT(Codes(with({{"other", {384, "Cosine"}}})), ElementsAre("QDRANT_VECTOR_NAME_MISSING P1"));
  EXPECT_THAT(Codes(with({})), ElementsAre("QDRANT_VECTOR_NAME_MISSING P1"));
  EXPECT_THAT(Codes(with({{kName, {768, "Cosine"}}})), ElementsAre("QDRANT_VECTOR_SIZE_MISMATCH P1"));
  EXPECT_THAT(Codes(with({{kName, {384, "Dot"}}})), ElementsAre("QDRANT_DISTANCE_MISMATCH P2"));
  EXPECT_THAT(Codes(with({{"", {768, "Dot"}}})),
              UnorderedElementsAre("QDRANT_VECTOR_UNNAMED P1", "QDRANT_VECTOR_SIZE_MISMATCH P1",
                                   "QDRANT_DISTANCE_MISMATCH P2"));
  // In the middle of a conversion both are there.
  EXPECT_THAT(with({{"", {384, "Cosine"}}, {kName, {384, "Cosine"}}}), IsEmpty());
}

TEST(QdrantRules, VectorsOfAnotherSizeAreNotRenamed) {
  QdrantFacts facts = Healthy();
  facts.found->vectors = {{"", {768, "Cosine"}}};
  for (const Finding& finding : Check(facts)) EXPECT_THAT(finding.refusal, HasSubstr("embedded again")) << finding.code;
}

TEST(QdrantRules, AnotherModelOfTheEntryNamesItsOwnVector) {
  QdrantFacts facts = Healthy();
  facts.vector_name = "fast-bge-base-en";
  facts.found->vectors = {{"fast-bge-base-en", {768, "Cosine"}}};
  EXPECT_THAT(Check(facts), IsEmpty());
  // The standard collection is not at fault when only the entry is.
  facts.found->vectors = {{kName, {384, "Cosine"}}};
  EXPECT_THAT(Check(facts), IsEmpty());
}

TEST(QdrantRules, SaysWhatTheServerSaysOfTheCollection) {
  const auto with = [](const std::string& status, const std::string& error) {
    QdrantFacts facts = Healthy();
    facts.found->status = status;
    facts.found->optimizer_error = error;
    return Check(facts);
  };
  EXPECT_THAT(Codes(with("red", "")), ElementsAre("QDRANT_STATUS_RED P1"));
  EXPECT_THAT(Codes(with("grey", "")), ElementsAre("QDRANT_STATUS_GREY P3"));
  EXPECT_THAT(Codes(with("yellow", "")), ElementsAre("QDRANT_STATUS_YELLOW P3"));
  const std::vector<Finding> findings = with("red", "Service internal error: disk full");
  ASSERT_THAT(Codes(findings), ElementsAre("QDRANT_STATUS_RED P1", "QDRANT_OPTIMIZER_ERROR P2"));
  EXPECT_EQ(findings[1].evidence.at("optimizer_error"), EvidenceValue("Service internal error: disk full"));
}

TEST(QdrantRules, ComparesTheCountWithWhatItWas) {
  const auto with = [](std::optional<std::int64_t> points, std::int64_t remembered,
                       std::optional<std::int64_t> backup = std::nullopt) {
    QdrantFacts facts = Healthy();
    facts.found->points = points;
    if (remembered > 0) facts.remembered = RememberedCollection{remembered, kNow - 1, 0};
    facts.backup_points = backup;
    if (backup) facts.backup = "/b/AgentMemories_x.snapshot";
    return Codes(Check(facts));
  };
  EXPECT_THAT(with(90, 100), IsEmpty());
  EXPECT_THAT(with(89, 100), ElementsAre("QDRANT_POINTS_DROP P1"));
  EXPECT_THAT(with(0, 100), ElementsAre("QDRANT_POINTS_EMPTY P1"));
  EXPECT_THAT(with(0, 0), IsEmpty());
  EXPECT_THAT(with(0, 0, 226), ElementsAre("QDRANT_POINTS_EMPTY P1"));
  EXPECT_THAT(with(0, 0, 0), IsEmpty());
  EXPECT_THAT(with(150, 100), IsEmpty());
  EXPECT_THAT(with(std::nullopt, 100), IsEmpty());
  // A backup with more points is no proof of a loss, as points may be deleted on purpose before they were remembered.
  EXPECT_THAT(with(50, 0, 226), IsEmpty());
}

TEST(QdrantRules, AnEmptyCollectionThatAPersonAcceptedIsNoLoss) {
  QdrantFacts facts = Healthy();
  facts.found->points = 0;
  facts.backup = "/b/AgentMemories_x.snapshot";
  facts.backup_points = 226;
  EXPECT_THAT(Codes(Check(facts)), ElementsAre("QDRANT_POINTS_EMPTY P1"));
  facts.remembered = RememberedCollection{0, kNow - 1, 0};
  EXPECT_THAT(Check(facts), IsEmpty());
  // Time-outs alone are no acceptance.
  facts.remembered = RememberedCollection{0, 0, 2};
  EXPECT_THAT(Codes(Check(facts)), ElementsAre("QDRANT_POINTS_EMPTY P1"));
}

TEST(QdrantRules, SamplesPayloads) {
  QdrantFacts facts = Healthy();
  facts.found->sample = PointSample{50, 2, {"1", "2"}};
  const std::vector<Finding> findings = Check(facts);
  ASSERT_THAT(Codes(findings), ElementsAre("QDRANT_PAYLOAD_SHAPE P3"));
  EXPECT_EQ(findings[0].evidence.at("point_ids"), EvidenceValue("1, 2"));
}

TEST(QdrantRules, ASlowSearchIsWorseThanASluggishOne) {
  const auto with = [](std::int64_t us) {
    QdrantFacts facts = Healthy();
    facts.found->search_us = us;
    return Codes(Check(facts));
  };
  EXPECT_THAT(with(100'000), IsEmpty());
  EXPECT_THAT(with(100'001), ElementsAre("QDRANT_SLOW P3"));
  EXPECT_THAT(with(500'000), ElementsAre("QDRANT_SLOW P3"));
  EXPECT_THAT(with(500'001), ElementsAre("QDRANT_SLOW P2"));
}

TEST(QdrantRules, AnExposedServerIsReportedBesideItsCollection) {
  QdrantFacts facts = Healthy();
  facts.is_exposed = true;
  facts.exposed_at = "any address";
  EXPECT_THAT(Codes(Check(facts)), ElementsAre("QDRANT_EXPOSED P2"));
}

TEST(QdrantTarget, IsTheEnabledEntryElseTheSettings) {
  ConfigFacts config;
  QdrantTarget target = QdrantTargetOf(config, {});
  EXPECT_EQ(target.address, "http://localhost:6333");
  EXPECT_EQ(target.collection, "AgentMemories");
  EXPECT_EQ(target.vector_name, kName);
  EXPECT_FALSE(target.wanted);
  CheckSettings required;
  required.memory_required = true;
  EXPECT_TRUE(QdrantTargetOf(config, required).wanted);

  McpEntry disabled;
  disabled.name = "a-qdrant";
  disabled.enabled = false;
  McpEntry other;
  other.name = "docs";
  other.command = {"uvx", "docs-server"};
  McpEntry entry;
  entry.name = "memory";
  entry.command = {"uvx", "mcp-server-qdrant"};
  entry.environment = {{"QDRANT_URL", "https://me:secret@qdrant.example.org/base/"},
                       {"COLLECTION_NAME", "Notes"},
                       {"EMBEDDING_MODEL", "BAAI/bge-small-en-v1.5"},
                       {"QDRANT_API_KEY", "key"}};
  config.mcp_entries = {disabled, other};
  EXPECT_FALSE(QdrantTargetOf(config, {}).wanted);
  EXPECT_TRUE(QdrantTargetOf(config, {}).any_entry);
  config.mcp_entries.push_back(entry);
  target = QdrantTargetOf(config, {});
  EXPECT_TRUE(target.wanted);
  EXPECT_EQ(target.url, "https://me:secret@qdrant.example.org:6333/base");
  EXPECT_EQ(target.address, "https://qdrant.example.org:6333/base");
  EXPECT_EQ(target.collection, "Notes");
  EXPECT_EQ(target.vector_name, "fast-bge-small-en-v1.5");
  EXPECT_EQ(target.api_key, "key");
}

TEST(QdrantTarget, PrefersTheEntryThatTheFleetExpects) {
  McpEntry own;
  own.name = "a-notes";
  own.environment = {{"QDRANT_URL", "http://localhost:7000"}, {"COLLECTION_NAME", "Notes"}};
  McpEntry expected;
  expected.name = "qdrant";
  expected.environment = {{"QDRANT_URL", "http://localhost:6333"}, {"COLLECTION_NAME", "AgentMemories"}};
  McpEntry remote;
  remote.name = "qdrant-remote";
  remote.type = McpEntry::Type::kRemote;
  ConfigFacts config;
  config.mcp_entries = {remote, own, expected};
  EXPECT_EQ(QdrantTargetOf(config, {}).collection, "AgentMemories");
  config.mcp_entries = {remote, own};
  EXPECT_EQ(QdrantTargetOf(config, {}).collection, "Notes");
}

TEST(QdrantTarget, CompletesAUrlAsQdrantsClientsDo) {
  ConfigFacts config;
  config.mcp_entries.resize(1);
  McpEntry& entry = config.mcp_entries[0];
  const auto address = [&](const char* url) {
    entry.environment["QDRANT_URL"] = url;
    return QdrantTargetOf(config, {}).address;
  };
  EXPECT_EQ(address("localhost"), "http://localhost:6333");
  EXPECT_EQ(address("localhost:7000"), "http://localhost:7000");
  EXPECT_EQ(address("http://[::1]"), "http://[::1]:6333");
  EXPECT_EQ(address("http://[::1]:7000/"), "http://[::1]:7000");
}

TEST(QdrantTarget, AnEntryMayKeepItsMemoryInFiles) {
  ConfigFacts config;
  config.mcp_entries.resize(1);
  config.mcp_entries[0].environment = {{"QDRANT_LOCAL_PATH", "/home/mira/memory"}};
  EXPECT_TRUE(QdrantTargetOf(config, {}).embedded);
}

TEST(McpRules, ReportsWhatCannotBeUsed) {
  using Verdict = McpServer::Verdict;
  HomeModel home;
  home.home.path = "/home/mira";
  McpFacts& facts = home.mcp.emplace();
  for (const Verdict verdict : {Verdict::kReachable, Verdict::kLocked, Verdict::kUnknown, Verdict::kNoProgram,
                                Verdict::kNotExecutable, Verdict::kRefused, Verdict::kTimedOut, Verdict::kNotMcp}) {
    McpServer server;
    server.name = "server" + std::to_string(static_cast<int>(verdict));
    server.file = "/home/mira/.config/dgmo/config.json";
    server.address = "uvx";
    server.verdict = verdict;
    facts.servers.push_back(server);
  }
  facts.servers[3].is_enabled = false;
  std::vector<Finding> findings = CheckHome(home, kNow);
  std::erase_if(findings, [](const Finding& finding) { return finding.code != "MCP_UNREACHABLE"; });
  ASSERT_EQ(findings.size(), 4U);
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].component, "mcp");
  EXPECT_EQ(findings[0].path, "/home/mira/.config/dgmo/config.json");
  EXPECT_EQ(findings[0].evidence.at("program"), EvidenceValue("uvx"));
}

// A home with backups that were looked at; its Qdrant is healthy unless another is given.
std::vector<std::string> BackupCodes(const BackupFacts& backups, const QdrantFacts& facts = Healthy()) {
  HomeModel home;
  home.home.path = "/home/mira";
  home.qdrant = facts;
  home.backups = backups;
  std::vector<Finding> findings = CheckHome(home, kNow, {});
  std::erase_if(findings, [](const Finding& finding) { return finding.code.rfind("BACKUP_", 0) != 0; });
  return Codes(findings);
}

BackupFacts Only(const Backup& backup) {
  BackupFacts facts;
  facts.backups = {backup};
  return facts;
}

Backup GoodSnapshot(std::int64_t age_ms, std::int64_t points) {
  Backup backup;
  backup.kind = BackupKind::kQdrant;
  backup.path = "/home/mira/backups/qdrant/AgentMemories_2025-07-08_09-00-00.snapshot";
  backup.state = BackupState::kGood;
  backup.has_manifest = true;
  backup.made_ms = kNow - age_ms;
  backup.collection = "AgentMemories";
  backup.points = points;
  return backup;
}

TEST(QdrantRules, ACollectionWithoutABackupIsReported) {
  EXPECT_THAT(BackupCodes({}), ElementsAre("BACKUP_NONE P2"));
  Backup bad = GoodSnapshot(1'000, 226);
  bad.state = BackupState::kCorrupt;
  EXPECT_THAT(BackupCodes(Only(bad)), UnorderedElementsAre("BACKUP_NONE P2", "BACKUP_CORRUPT P1"));
  EXPECT_THAT(BackupCodes(Only(GoodSnapshot(1'000, 226))), IsEmpty());
}

TEST(QdrantRules, ABackupIsLateOnceItLacksPointsForLongerThanTheObjective) {
  EXPECT_THAT(BackupCodes(Only(GoodSnapshot(4 * 60'000, 200))), IsEmpty());
  EXPECT_THAT(BackupCodes(Only(GoodSnapshot(6 * 60'000, 200))), ElementsAre("BACKUP_STALE P3"));
  EXPECT_THAT(BackupCodes(Only(GoodSnapshot(51 * 60'000, 200))), ElementsAre("BACKUP_STALE P2"));
  EXPECT_THAT(BackupCodes(Only(GoodSnapshot(51 * 60'000, 226))), IsEmpty()) << "nothing is missing in it";
}

TEST(QdrantRules, OnlyACollectionThatIsUsedAndCountedNeedsABackup) {
  QdrantFacts facts = Healthy();
  facts.wanted = false;
  EXPECT_THAT(BackupCodes({}, facts), IsEmpty());
  facts = Healthy();
  facts.found->points.reset();
  EXPECT_THAT(BackupCodes({}, facts), IsEmpty());
  facts.found->points = 0;
  EXPECT_THAT(BackupCodes({}, facts), IsEmpty()) << "an empty collection loses nothing";
}

}  // namespace
}  // namespace fleet::agent
