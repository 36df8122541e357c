#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/probe/count_memory.h"
#include "agent/probe/probes.h"
#include "agent/probe/qdrant_traces.h"
#include "tests/support/qdrant_double.h"
#include "tests/support/raw_server.h"

namespace fleet::agent {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using Server = QdrantFacts::Server;

constexpr char kName[] = "fast-all-minilm-l6-v2";
constexpr char kCollection[] = "/collections/AgentMemories";

// A home whose MCP entry names the server.
class QdrantProbe : public ::testing::Test {
 protected:
  QdrantProbe() {
    settings_.qdrant_connect_limit_ms = 2'000;
    settings_.qdrant_answer_limit_ms = 5'000;
    settings_.qdrant_storage = home_ / "no-storage";
    model_.home.path = home_.path();
    McpEntry entry;
    entry.name = "qdrant";
    entry.command = {"uvx", "mcp-server-qdrant"};
    entry.file = home_ / ".config/dgmo/config.json";
    model_.config.emplace().mcp_entries.push_back(entry);
  }

  const QdrantFacts& Look(const std::string& url, const std::string& key = "") {
    auto& environment = model_.config->mcp_entries[0].environment;
    environment["QDRANT_URL"] = url;
    environment["QDRANT_API_KEY"] = key;
    model_.qdrant.reset();
    model_.unknown.clear();
    ProbeQdrant(settings_, model_);
    static const QdrantFacts kNone;
    EXPECT_TRUE(model_.qdrant.has_value());
    return model_.qdrant ? *model_.qdrant : kNone;
  }

  static void Fill(QdrantDouble& server, const std::string& vectors = kRightVectors, int points = 60) {
    server.Change([&](QdrantStore& store) { FillQdrantCollection(store, "AgentMemories", vectors, points); });
  }

  TempDir home_;
  CheckSettings settings_;
  HomeModel model_;
};

class QdrantProbeOfVersion : public QdrantProbe, public ::testing::WithParamInterface<const char*> {};

TEST_P(QdrantProbeOfVersion, SeesAHealthyCollection) {
  QdrantDouble server({.version = GetParam()});
  Fill(server);
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.server, Server::kAnswers) << facts.call << " " << facts.reason;
  EXPECT_EQ(facts.version, GetParam());
  ASSERT_TRUE(facts.found);
  EXPECT_EQ(facts.found->status, "green");
  EXPECT_EQ(facts.found->vectors, (std::map<std::string, VectorShape>{{kName, {384, "Cosine"}}}));
  EXPECT_EQ(facts.found->points, 60);
  ASSERT_TRUE(facts.found->sample);
  EXPECT_EQ(facts.found->sample->points, 50);
  EXPECT_EQ(facts.found->sample->without_document, 0);
  EXPECT_TRUE(facts.found->search_us);
  EXPECT_FALSE(facts.is_exposed);
  EXPECT_THAT(model_.unknown, IsEmpty());
  const bool has_query = QdrantVersion::Of(GetParam()) >= QdrantVersion{1, 10, 0};
  EXPECT_EQ(server.Count("POST", std::string(kCollection) + (has_query ? "/points/query" : "/points/search")), 5);
}

INSTANTIATE_TEST_SUITE_P(Versions, QdrantProbeOfVersion,
                         ::testing::Values("1.9.0", "1.9.3", "1.10.0", "1.12.2", "1.13.3", "1.15.5", "1.16.0", "1.17.0",
                                           "1.18.0"));

TEST_F(QdrantProbe, OnlyReads) {
  QdrantDouble server;
  Fill(server);
  Look(server.url());
  for (const QdrantDouble::Request& request : server.requests()) {
    const bool reads =
        request.method == "GET" || (request.method == "POST" && request.path.find("/points/") != std::string::npos &&
                                    !request.path.ends_with("/delete"));
    EXPECT_TRUE(reads) << request.method << " " << request.path;
  }
}

TEST_F(QdrantProbe, WithoutConfigurationNothingIsKnown) {
  model_.config.reset();
  ProbeQdrant(settings_, model_);
  EXPECT_FALSE(model_.qdrant.has_value());
  EXPECT_THAT(model_.unknown, Contains("http://localhost:6333"));
}

TEST_F(QdrantProbe, AnEmbeddedMemoryIsNoServer) {
  model_.config->mcp_entries[0].environment["QDRANT_LOCAL_PATH"] = home_ / "memory";
  EXPECT_EQ(Look("").server, Server::kEmbedded);
}

TEST_F(QdrantProbe, SeesAClosedPort) {
  QdrantDouble server;
  Fill(server);
  server.Stop();
  EXPECT_EQ(Look(server.url()).server, Server::kRefused);
  EXPECT_THAT(model_.unknown, Contains(server.url() + "/collections"));
  server.Start();
  EXPECT_EQ(Look(server.url()).server, Server::kAnswers);
}

TEST_F(QdrantProbe, AHostWithoutAddressIsUnknown) {
  EXPECT_EQ(Look("http://no-such-host.invalid:6333").server, Server::kUnknown);
  EXPECT_THAT(model_.unknown, Contains("http://no-such-host.invalid:6333"));
}

TEST_F(QdrantProbe, TellsOtherProgramsFromQdrant) {
  const RawServer ssh("SSH-2.0-OpenSSH_9.2p1 Debian\r\n");
  EXPECT_EQ(Look(ssh.url()).server, Server::kWrongService);
  const RawServer page("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<title>x</title");
  EXPECT_EQ(Look(page.url()).server, Server::kWrongService);
  const RawServer no_page("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Look(no_page.url()).server, Server::kWrongService);
  const RawServer closing("");
  EXPECT_EQ(Look(closing.url()).server, Server::kNotReady);
}

struct FaultCase {
  const char* path;
  QdrantFault fault;
  Server server;
};
void PrintTo(const FaultCase& fault, std::ostream* stream) {
  *stream << fault.path << " with fault " << static_cast<int>(fault.fault);
}
class QdrantProbeWithFault : public QdrantProbe, public ::testing::WithParamInterface<FaultCase> {};

TEST_P(QdrantProbeWithFault, SaysWhatIsWrongWithTheServer) {
  QdrantDouble server;
  Fill(server);
  server.Inject(GetParam().path, GetParam().fault);
  const bool waits = GetParam().server == Server::kTimedOut;
  if (waits) settings_.qdrant_answer_limit_ms = 300;
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.server, GetParam().server) << facts.call << " " << facts.reason;
  if (facts.server != Server::kAnswers) {
    EXPECT_THAT(model_.unknown, Contains(server.url() + "/collections"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, QdrantProbeWithFault,
    ::testing::Values(FaultCase{"/", QdrantFault::kHang, Server::kTimedOut},
                      FaultCase{"/", QdrantFault::kStall, Server::kTimedOut},
                      FaultCase{"/", QdrantFault::kCloseMidBody, Server::kNotReady},
                      FaultCase{"/", QdrantFault::kHtml, Server::kWrongService},
                      FaultCase{"/", QdrantFault::kTruncatedJson, Server::kWrongService},
                      FaultCase{"/", QdrantFault::kUnauthorized, Server::kUnauthorized},
                      FaultCase{"/", QdrantFault::kNotFoundEmpty, Server::kWrongService},
                      FaultCase{"/", QdrantFault::kTooLarge, Server::kWrongService},
                      FaultCase{"/readyz", QdrantFault::kUnavailable, Server::kNotReady},
                      FaultCase{"/readyz", QdrantFault::kHang, Server::kTimedOut},
                      FaultCase{"/readyz", QdrantFault::kNotFoundEmpty, Server::kAnswers},  // an old version
                      FaultCase{"/collections", QdrantFault::kFailed, Server::kNotReady},
                      FaultCase{"/collections", QdrantFault::kUnauthorized, Server::kUnauthorized},
                      FaultCase{"/collections", QdrantFault::kForbidden, Server::kUnauthorized},
                      FaultCase{"/collections", QdrantFault::kTooMany, Server::kUnknown},
                      FaultCase{"/collections", QdrantFault::kHtml, Server::kUnknown},
                      FaultCase{"/collections/AgentMemories", QdrantFault::kTruncatedJson, Server::kUnknown},
                      FaultCase{"/collections/AgentMemories", QdrantFault::kNotFoundEmpty, Server::kUnknown},
                      FaultCase{"/collections/AgentMemories", QdrantFault::kFailed, Server::kNotReady},
                      FaultCase{"/collections/AgentMemories/points/count", QdrantFault::kFailed, Server::kNotReady},
                      FaultCase{"/collections/AgentMemories/points/count", QdrantFault::kTooMany, Server::kAnswers},
                      FaultCase{"/collections/AgentMemories/points/scroll", QdrantFault::kFailed, Server::kNotReady},
                      FaultCase{"/collections/AgentMemories/points/query", QdrantFault::kUnavailable,
                                Server::kNotReady}));

TEST_F(QdrantProbe, WhatOneCallDoesNotTellIsUnknownAndTheRestStays) {
  QdrantDouble server;
  Fill(server);
  server.Inject(std::string(kCollection) + "/points/count", QdrantFault::kTooMany);
  const QdrantFacts& facts = Look(server.url());
  ASSERT_TRUE(facts.found);
  EXPECT_FALSE(facts.found->points);
  EXPECT_TRUE(facts.found->sample);
  EXPECT_THAT(model_.unknown, Contains(server.url() + "/collections"));
}

TEST_F(QdrantProbe, OneClosedConnectionIsAnAccident) {
  QdrantDouble server;
  Fill(server);
  server.Inject("/", QdrantFault::kCloseMidBody, 1);
  EXPECT_EQ(Look(server.url()).server, Server::kAnswers);
}

TEST_F(QdrantProbe, KnowsQdrantWhereItsTitleIsHidden) {
  QdrantDouble server;
  Fill(server);
  server.Inject("/", QdrantFault::kNotFoundEmpty, 1);
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.server, Server::kAnswers);
  EXPECT_EQ(facts.found ? facts.found->points : std::nullopt, 60);
}

TEST_F(QdrantProbe, SendsTheKeyAndKeepsItToItself) {
  QdrantDouble server({.api_key = "s3cret"});
  Fill(server);
  EXPECT_EQ(Look(server.url()).server, Server::kUnauthorized);
  EXPECT_EQ(Look(server.url(), "wrong").server, Server::kUnauthorized);
  const QdrantFacts& facts = Look(server.url(), "s3cret");
  EXPECT_EQ(facts.server, Server::kAnswers);
  EXPECT_TRUE(facts.found);
  EXPECT_TRUE(facts.has_api_key);
}

TEST_F(QdrantProbe, AKeyForOneCollectionIsEnough) {
  QdrantDouble server;
  Fill(server);
  // Only the list of all collections is refused.
  server.Inject("/collections", QdrantFault::kForbidden, 1);
  EXPECT_EQ(Look(server.url()).server, Server::kAnswers);
}

TEST_F(QdrantProbe, AServerInRecoveryModeIsNotReadyAndSaysWhy) {
  QdrantDouble server({.recovery_mode = "out of memory"});
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.server, Server::kNotReady);
  EXPECT_EQ(facts.reason, "Service internal error: out of memory");
}

TEST_F(QdrantProbe, AMissingCollectionIsSaidToBeMissing) {
  QdrantDouble server;
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.server, Server::kAnswers);
  EXPECT_TRUE(facts.collection_missing);
  EXPECT_FALSE(facts.folder);
  EXPECT_THAT(model_.unknown, IsEmpty());
}

TEST_F(QdrantProbe, FindsTheFolderOfACollectionThatWasNotLoaded) {
  QdrantDouble server;
  Fill(server);
  settings_.qdrant_storage = server.storage();
  server.Change([](QdrantStore& store) { store.Unload("AgentMemories"); });
  const QdrantFacts& facts = Look(server.url());
  EXPECT_TRUE(facts.collection_missing);
  ASSERT_TRUE(facts.folder);
  EXPECT_EQ(facts.folder->path, server.storage() + kCollection);
  EXPECT_TRUE(facts.folder->has_config);
  std::filesystem::remove(server.storage() + kCollection + "/config.json");
  EXPECT_FALSE(Look(server.url()).folder->has_config);
  // As the server would: what is made now takes the folder's place.
  EXPECT_THAT(server.requests(), Not(Contains(::testing::Field(&QdrantDouble::Request::method, "PUT"))));
}

TEST_F(QdrantProbe, ReadsBothFormsOfVectors) {
  QdrantDouble server;
  Fill(server, R"({"size":384,"distance":"Cosine"})");
  const QdrantFacts& facts = Look(server.url());
  ASSERT_TRUE(facts.found);
  EXPECT_EQ(facts.found->vectors, (std::map<std::string, VectorShape>{{"", {384, "Cosine"}}}));
  EXPECT_TRUE(facts.found->search_us);
  EXPECT_THAT(model_.unknown, IsEmpty());
}

TEST_F(QdrantProbe, AnEmptyCollectionIsNotSearched) {
  QdrantDouble server;
  Fill(server, kRightVectors, 0);
  const QdrantFacts& facts = Look(server.url());
  ASSERT_TRUE(facts.found);
  EXPECT_EQ(facts.found->points, 0);
  EXPECT_FALSE(facts.found->search_us);
  EXPECT_THAT(model_.unknown, IsEmpty());
}

TEST_F(QdrantProbe, TakesPointsOfAnyForm) {
  QdrantDouble server;
  server.Change([](QdrantStore& store) {
    store.Create("AgentMemories", {{"vectors", {{kName, {{"size", 2}, {"distance", "Cosine"}}}}}});
    const nlohmann::json vector = {{kName, {1, 2}}};
    store.Upsert(
        "AgentMemories",
        {{"points",
          {{{"id", 18'446'744'073'709'551'615U}, {"vector", vector}, {"payload", {{"document", "Zürich 東京"}}}},
           {{"id", 1}, {"vector", nlohmann::json::object()}, {"payload", {{"text", "no document"}}}},
           {{"id", 2}, {"vector", {{kName, {0, 0}}}}, {"payload", {{"document", 5}}}}}}},
        true);
  });
  const QdrantFacts& facts = Look(server.url());
  ASSERT_TRUE(facts.found && facts.found->sample);
  EXPECT_EQ(facts.found->sample->points, 3);
  EXPECT_EQ(facts.found->sample->without_document, 2);
  EXPECT_EQ(facts.found->sample->example_ids, (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(facts.found->search_us);
}

TEST_F(QdrantProbe, ACollectionThatVanishesBetweenTwoCallsIsUnknown) {
  QdrantDouble server;
  Fill(server);
  server.BeforeEach([](const QdrantDouble::Request& request, QdrantStore& store) {
    if (request.path.ends_with("/scroll")) store.Delete("AgentMemories");
  });
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.server, Server::kAnswers);
  EXPECT_FALSE(facts.found);
  EXPECT_FALSE(facts.collection_missing);
  EXPECT_THAT(model_.unknown, Contains(server.url() + "/collections"));
}

TEST_F(QdrantProbe, AServerThatOthersReachWithoutAKeyIsExposed) {
  QdrantDouble open({.host = "0.0.0.0"});
  const std::string url = "http://127.0.0.1:" + std::to_string(open.port());
  EXPECT_TRUE(Look(url).is_exposed);
  QdrantDouble locked({.host = "0.0.0.0", .api_key = "s3cret"});
  EXPECT_FALSE(Look("http://127.0.0.1:" + std::to_string(locked.port()), "s3cret").is_exposed);
  // A key that the server does not ask for protects nothing.
  EXPECT_TRUE(Look(url, "s3cret").is_exposed);
}

TEST_F(QdrantProbe, FindsTheNewestBackupOfTheCollection) {
  home_.Write("backups/qdrant/AgentMemories_2025-07-08_09-20-00.snapshot", "tar");
  home_.Write("backups/qdrant/AgentMemories_2025-07-09_09-20-00.snapshot", "tar");
  home_.Write("backups/qdrant/AgentMemories_2025-07-09_09-20-00.json",
              R"({"collection":"AgentMemories","exact_count":226})");
  home_.Write("backups/qdrant/AgentMemories_2025-07-10_09-20-00.snapshot", "");
  home_.Write("backups/qdrant/AgentMemoriesOld_2025-07-11_09-20-00.snapshot", "tar");
  QdrantDouble server;
  const QdrantFacts& facts = Look(server.url());
  EXPECT_EQ(facts.backup, home_ / "backups/qdrant/AgentMemories_2025-07-09_09-20-00.snapshot");
  EXPECT_EQ(facts.backup_points, 226);
}

TEST_F(QdrantProbe, KnowsWhatEarlierChecksHaveSeen) {
  QdrantDouble server;
  Fill(server);
  settings_.state_folder = home_ / "state";
  CountMemory memory;
  Remember(Look(server.url()), settings_, 1'751'966'000'000, memory);
  home_.Write("state/qdrant_counts.json", CountMemoryText(memory));
  const QdrantFacts& facts = Look(server.url());
  ASSERT_TRUE(facts.remembered);
  EXPECT_EQ(facts.remembered->points, 60);
  EXPECT_EQ(facts.remembered->seen_ms, 1'751'966'000'000);
}

TEST(QdrantStorage, IsReadFromAConfigurationFile) {
  EXPECT_EQ(StoragePathIn("log_level: INFO\nstorage:\n  # Where\n  storage_path: ./storage\n  x: 1\n"), "./storage");
  EXPECT_EQ(StoragePathIn("storage:\r\n  storage_path: \"/srv/q d\"  # here\r\n"), "/srv/q d");
  EXPECT_EQ(StoragePathIn("storage_path:"), "");
  EXPECT_EQ(StoragePathIn("# storage_path: x\n"), "");
  EXPECT_EQ(StoragePathIn(""), "");
}

}  // namespace
}  // namespace fleet::agent
