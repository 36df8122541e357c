// `dgmo-agent qdrant` as people run it: back up, lose, restore, convert; documents, exit codes and refusals.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/qdrant_double.h"
#include "tests/support/store_writer.h"

namespace fleet {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class QdrantOperations : public FleetTest {
 protected:
  QdrantOperations() : station_(AddWorkstation("station")) {
    agent::StoreWriter store = agent::StoreWriter::Program(station_.home);
    store.AddConversation("A session");
  }

  void Use(const QdrantDouble& server, const std::string& key = "") {
    Json environment = {{"QDRANT_URL", server.url()},
                        {"COLLECTION_NAME", "AgentMemories"},
                        {"EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2"}};
    if (!key.empty()) environment["QDRANT_API_KEY"] = key;
    const std::string folder = station_.home + "/.config/dgmo";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/config.json")
        << Json{{"mcp", {{"qdrant", {{"type", "local"}, {"command", {"/bin/sh"}}, {"environment", environment}}}}}}
               .dump();
  }
  static void Fill(QdrantDouble& server, const char* vectors, int points = 100) {
    server.Change([&](QdrantStore& store) { FillQdrantCollection(store, "AgentMemories", vectors, points); });
  }
  static Json Points(QdrantDouble& server) {
    Json points;
    server.Change([&](QdrantStore& store) { points = store.Dump("AgentMemories")["points"]; });
    return points;
  }

  // The document, with the exit code under "exit".
  Json Run(std::vector<std::string> words) {
    words.insert(words.begin(), "qdrant");
    words.emplace_back("--json");
    const Finished finished = Agent(station_, words);
    Json document = Json::parse(finished.out, nullptr, false);
    EXPECT_TRUE(document.is_object()) << finished.out << finished.err;
    if (document.is_object()) document["exit"] = finished.exit_code;
    EXPECT_EQ((finished.out + finished.err).find("s3cret"), std::string::npos);
    return document;
  }

  Workstation& station_;
};

TEST_F(QdrantOperations, ALostCollectionIsBackExactly) {
  QdrantDouble server({.api_key = "s3cret"});
  Use(server, "s3cret");
  Fill(server, kRightVectors);
  const Json before = Points(server);
  const Json planned = Run({"backup", "--dry-run"});
  EXPECT_EQ(planned["outcome"], "planned");
  EXPECT_EQ(planned["exit"], 0);
  EXPECT_FALSE(std::filesystem::exists(station_.home + "/backups"));

  const Json saved = Run({"backup"});
  EXPECT_EQ(saved["outcome"], "done") << saved;
  EXPECT_EQ(saved["collections"][0]["points"], 100);
  const Json verified = Run({"verify", "--all", "--level", "deep"});
  EXPECT_EQ(verified["exit"], 0) << verified;
  ASSERT_THAT(verified["snapshots"], SizeIs(1));
  EXPECT_EQ(verified["snapshots"][0]["restored_points"], 100);

  server.Change([](QdrantStore& store) { store.Delete("AgentMemories"); });
  const Json refused = Run({"create"});
  EXPECT_EQ(refused["outcome"], "refused");
  EXPECT_EQ(refused["reason"], "backup_exists");
  EXPECT_EQ(refused["exit"], 1);
  const Json restored = Run({"restore"});
  EXPECT_EQ(restored["outcome"], "done") << restored;
  EXPECT_EQ(restored["exit"], 0);
  EXPECT_EQ(Points(server), before);
  EXPECT_EQ(Run({"optimize"})["outcome"], "nothing_to_do");
}

TEST_F(QdrantOperations, AConversionSaysWhatItDid) {
  QdrantDouble server;
  Use(server);
  Fill(server, R"({"size":384,"distance":"Cosine"})");
  EXPECT_EQ(Run({"revector", "--dry-run"})["steps"].size(), 4U);
  const Json converted = Run({"revector"});
  EXPECT_EQ(converted["outcome"], "done") << converted;
  EXPECT_EQ(converted["points"], 100);
  EXPECT_EQ(converted["vector"]["to"], "fast-all-minilm-l6-v2");
  EXPECT_EQ(Run({"revector"})["outcome"], "nothing_to_do");
  EXPECT_EQ(Run({"revector", "--rollback"})["outcome"], "nothing_to_do");

  const std::string file = station_.home + "/points.jsonl";
  const Json exported = Run({"export", "-o", file});
  EXPECT_EQ(exported["complete"], true);
  EXPECT_EQ(exported["exit"], 0);
  EXPECT_EQ(Run({"export", "-o", file})["reason"], "file_exists");
}

TEST_F(QdrantOperations, WrongVectorsAreRefusedInWords) {
  QdrantDouble server;
  Use(server);
  Fill(server, R"({"size":768,"distance":"Cosine"})", 3);
  const Finished text = Agent(station_, {"qdrant", "revector"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(text.err, HasSubstr("error: no vector of the collection has 384 numbers"));
  EXPECT_THAT(text.out, IsEmpty());
  EXPECT_EQ(Run({"revector"})["reason"], "size_differs");
}

TEST_F(QdrantOperations, AServerThatIsNotThereIsToldOnce) {
  QdrantDouble server;
  Use(server);
  server.Stop();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"backup"}, {"revector"}, {"create"}, {"optimize"}, {"export", "-o", station_.home + "/points.jsonl"}}) {
    const Json failed = Run(words);
    EXPECT_EQ(failed["outcome"], "failed") << words[0];
    EXPECT_EQ(failed["reason"], "server_down") << words[0];
    EXPECT_EQ(failed["exit"], 1) << words[0];
  }
}

TEST_F(QdrantOperations, ABackupThatFailsIsNotCalledDone) {
  QdrantDouble server;
  Use(server);
  Fill(server, kRightVectors, 3);
  server.Change([](QdrantStore& store) { FillQdrantCollection(store, "Other", kRightVectors, 3); });
  server.Inject("GET /collections/AgentMemories/snapshots/", QdrantFault::kCorrupt);
  const Json some = Run({"backup"});
  EXPECT_EQ(some["outcome"], "incomplete");
  EXPECT_EQ(some["exit"], 1);
  EXPECT_EQ(some["collections"][0]["reason"], "checksum_differs");
  const Json none = Run({"backup", "--collection", "AgentMemories"});
  EXPECT_EQ(none["outcome"], "failed");
  EXPECT_EQ(none["exit"], 1);
}

TEST_F(QdrantOperations, TheKeyGoesOnlyToItsOwnServer) {
  QdrantDouble own({.api_key = "s3cret"});
  QdrantDouble other;
  Use(own, "s3cret");
  Fill(other, kRightVectors, 3);
  EXPECT_EQ(Run({"backup", "--url", other.url(), "--to", station_.home + "/elsewhere"})["outcome"], "done");
  for (const QdrantDouble::Request& request : other.requests()) EXPECT_EQ(request.api_key, "") << request.path;
  EXPECT_TRUE(std::filesystem::exists(station_.home + "/elsewhere"));
}

TEST_F(QdrantOperations, WhatCannotBeRunSaysWhy) {
  const Finished no_url = Agent(station_, {"qdrant", "backup", "--url", "ftp://host"});
  EXPECT_EQ(no_url.exit_code, 2);
  EXPECT_THAT(no_url.err, HasSubstr("not a URL of http"));
  EXPECT_EQ(Agent(station_, {"qdrant", "verify"}).exit_code, 2);
  EXPECT_EQ(Agent(station_, {"qdrant", "export"}).exit_code, 2);
  EXPECT_EQ(Run({"verify", station_.home + "/nothing.snapshot"})["exit"], 1);
}

}  // namespace
}  // namespace fleet
