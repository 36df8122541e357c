// The agent's commands about Qdrant and MCP servers as people run them, against a stand-in server; and, where they are
// installed, against the real MCP reference server and a real opencode server.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/e2e/fleet_fixture.h"
#include "tests/support/qdrant_double.h"
#include "tests/support/raw_server.h"
#include "tests/support/store_writer.h"

namespace fleet {
namespace {

using Json = nlohmann::json;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class QdrantEndToEnd : public FleetTest {
 protected:
  QdrantEndToEnd() : station_(AddWorkstation("station")) {
    agent::StoreWriter store = agent::StoreWriter::Program(station_.home);
    store.AddConversation("A session");
  }

  void Configure(const Json& servers) {
    const std::string folder = station_.home + "/.config/dgmo";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/config.json") << Json{{"mcp", servers}}.dump();
  }
  void UseQdrant(const std::string& url, const std::string& key = "") {
    Json environment = {{"QDRANT_URL", url},
                        {"COLLECTION_NAME", "AgentMemories"},
                        {"EMBEDDING_MODEL", "sentence-transformers/all-MiniLM-L6-v2"}};
    if (!key.empty()) environment["QDRANT_API_KEY"] = key;
    // A program that is there, so that only Qdrant is judged.
    Configure(
        {{"qdrant", {{"type", "local"}, {"command", {"/bin/sh"}}, {"environment", environment}, {"enabled", true}}}});
  }

  std::vector<std::string> Codes(const std::string& component = "qdrant") {
    const Finished finished = Agent(station_, {"check", "--json"});
    const Json report = Json::parse(finished.out, nullptr, false);
    EXPECT_TRUE(report.is_object()) << finished.err;
    std::vector<std::string> codes;
    for (const Json& finding : report.value("findings", Json::array())) {
      // How fast the stand-in answers depends on what else this machine does.
      if (finding["component"] == component && finding["code"] != "QDRANT_SLOW") {
        codes.push_back(finding["code"].get<std::string>() + " " + finding["severity"].get<std::string>());
      }
    }
    return codes;
  }
  std::string Kept() const { return station_.state + "/qdrant_counts.json"; }

  Workstation& station_;
};

using Texts = std::vector<std::string>;

TEST_F(QdrantEndToEnd, CheckSeesTheServerComeAndGo) {
  QdrantDouble server;
  server.Change([](QdrantStore& store) { FillQdrantCollection(store, "AgentMemories", kRightVectors, 20); });
  UseQdrant(server.url());
  EXPECT_EQ(Codes(), Texts());
  server.Stop();
  EXPECT_EQ(Codes(), Texts{"QDRANT_DOWN P1"});
  server.Start();
  server.Change([](QdrantStore& store) { store.Delete("AgentMemories"); });
  EXPECT_EQ(Codes(), Texts{"QDRANT_COLLECTION_MISSING P1"});
  server.Change([](QdrantStore& store) {
    FillQdrantCollection(store, "AgentMemories", R"({"size":384,"distance":"Cosine"})", 20);
  });
  EXPECT_EQ(Codes(), Texts{"QDRANT_VECTOR_UNNAMED P1"});
  EXPECT_FALSE(std::filesystem::exists(Kept())) << "check writes nothing";
}

TEST_F(QdrantEndToEnd, WithoutAnyQdrantNothingIsDown) { EXPECT_EQ(Codes(), Texts()); }

TEST_F(QdrantEndToEnd, ALossIsRememberedUntilItIsAccepted) {
  QdrantDouble server;
  server.Change([](QdrantStore& store) { FillQdrantCollection(store, "AgentMemories", kRightVectors, 20); });
  UseQdrant(server.url());
  StartAgent(station_);
  ASSERT_TRUE(Eventually([&] { return ReadFile(Kept()).find("\"points\": 20") != std::string::npos; }));
  // Lost and made again, as the MCP server does.
  server.Change([](QdrantStore& store) {
    store.Delete("AgentMemories");
    FillQdrantCollection(store, "AgentMemories", kRightVectors, 0);
  });
  const int seen = server.Count("POST", "/collections/AgentMemories/points/count");
  ASSERT_TRUE(Eventually([&] { return server.Count("POST", "/collections/AgentMemories/points/count") > seen + 1; }));
  EXPECT_EQ(Codes(), Texts{"QDRANT_POINTS_EMPTY P1"});
  station_.agent.Signal(SIGTERM);
  EXPECT_EQ(station_.agent.Wait(std::chrono::seconds(10)), 0);

  const Finished accepted = Agent(station_, {"qdrant", "accept"});
  EXPECT_EQ(accepted.exit_code, 0) << accepted.err;
  EXPECT_EQ(accepted.out, "accepted: 0 points in AgentMemories of " + server.url() + "\n");
  EXPECT_EQ(Codes(), Texts());
}

TEST_F(QdrantEndToEnd, StatusShowsTheCollectionAndNoSecret) {
  QdrantDouble server({.api_key = "s3cret-key"});
  server.Change([](QdrantStore& store) { FillQdrantCollection(store, "AgentMemories", kRightVectors, 20); });
  UseQdrant(server.url(), "s3cret-key");
  const Finished text = Agent(station_, {"qdrant", "status"});
  EXPECT_TRUE(text.exit_code == 0 || text.exit_code == 1) << text.err;
  EXPECT_NE(text.out.find("fast-all-minilm-l6-v2 384 Cosine"), std::string::npos) << text.out;
  const Finished json = Agent(station_, {"qdrant", "status", "--json"});
  const Json status = Json::parse(json.out, nullptr, false);
  ASSERT_TRUE(status.is_object()) << json.out;
  EXPECT_EQ(status["homes"][0]["qdrant"]["points"], 20);
  EXPECT_EQ(status["homes"][0]["qdrant"]["server"], "answers");
  EXPECT_EQ((text.out + text.err + json.out + json.err).find("s3cret"), std::string::npos);

  UseQdrant(server.url());
  const Finished locked = Agent(station_, {"qdrant", "status"});
  EXPECT_EQ(locked.exit_code, 1);
  EXPECT_NE(locked.out.find("QDRANT_AUTH"), std::string::npos) << locked.out;
}

TEST_F(QdrantEndToEnd, McpListsEveryServerAndNoSecret) {
  const int closed = ClosedPort();
  Configure(
      {{"a-local", {{"type", "local"}, {"command", {"/bin/sh", "--token=s3cret"}}, {"environment", {{"T", "s3cret"}}}}},
       {"b-missing", {{"type", "local"}, {"command", {"no-such-mcp-server"}}}},
       {"c-remote", {{"type", "remote"}, {"url", "http://127.0.0.1:" + std::to_string(closed) + "/mcp?key=s3cret"}}},
       {"d-off", {{"type", "remote"}, {"url", "http://127.0.0.1:1/"}, {"enabled", false}}}});
  const Finished finished = Agent(station_, {"mcp", "--json"});
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  const Json report = Json::parse(finished.out, nullptr, false);
  ASSERT_EQ(report["servers"].size(), 4U) << finished.out;
  EXPECT_EQ(report["servers"][0]["verdict"], "found");
  EXPECT_EQ(report["servers"][1]["verdict"], "no_program");
  EXPECT_EQ(report["servers"][2]["verdict"], "refused");
  EXPECT_EQ(report["servers"][3]["verdict"], "disabled");
  const Finished text = Agent(station_, {"mcp"});
  EXPECT_EQ((finished.out + text.out).find("s3cret"), std::string::npos);
  EXPECT_EQ(Codes("mcp"), (Texts{"MCP_UNREACHABLE P2", "MCP_UNREACHABLE P2"}));
}

// The reference server of the protocol: DGMO_TEST_MCP_SERVER names its dist/index.js (npm package
// @modelcontextprotocol/server-everything).
TEST_F(QdrantEndToEnd, McpUnderstandsTheReferenceServer) {
  const std::string script = Environment("DGMO_TEST_MCP_SERVER");
  if (script.empty()) GTEST_SKIP() << "DGMO_TEST_MCP_SERVER names no MCP reference server";
  const std::string port = std::to_string(ClosedPort());
  Process::Options options;
  options.environment = {"PORT=" + port};
  Process server({"node", script, "streamableHttp"}, options);
  Configure({{"http", {{"type", "remote"}, {"url", "http://127.0.0.1:" + port + "/mcp"}}},
             {"stdio", {{"type", "local"}, {"command", {"node", script, "stdio"}}}}});
  Finished finished;
  EXPECT_TRUE(Eventually([&] {
    finished = Agent(station_, {"mcp", "--start", "--json"});
    return finished.exit_code == 0;
  })) << finished.out;
  const Json report = Json::parse(finished.out, nullptr, false);
  ASSERT_EQ(report["servers"].size(), 2U) << finished.out;
  for (const Json& entry : report["servers"]) {
    EXPECT_EQ(entry["verdict"], "reachable") << entry;
    EXPECT_EQ(entry["era"], "legacy") << entry;
    EXPECT_TRUE(entry["latency_us"].is_number()) << entry;
  }
}

// DGMO_TEST_OPENCODE names the program of npm's opencode-ai: its server answers 200 to every path, and is no MCP server
// and no Qdrant all the same.
TEST_F(QdrantEndToEnd, ARealOpencodeServerIsTakenForNothingElse) {
  const std::string program = Environment("DGMO_TEST_OPENCODE");
  if (program.empty()) GTEST_SKIP() << "DGMO_TEST_OPENCODE names no opencode program";
  const std::string port = std::to_string(ClosedPort());
  const std::string url = "http://127.0.0.1:" + port;
  Process::Options options;
  const std::string home = dir() / "opencode-home";
  std::filesystem::create_directories(home);
  options.environment = {"HOME=" + home};
  options.directory = home;
  Process server({program, "serve", "--port", port, "--hostname", "127.0.0.1"}, options);
  UseQdrant(url);
  EXPECT_TRUE(Eventually([&] { return Codes() == Texts{"QDRANT_WRONG_SERVICE P1"}; }));
  Configure({{"opencode", {{"type", "remote"}, {"url", url + "/mcp-server"}}}});
  const Json report = Json::parse(Agent(station_, {"mcp", "--json"}).out, nullptr, false);
  EXPECT_EQ(report["servers"][0]["verdict"], "not_mcp") << report;
}

}  // namespace
}  // namespace fleet
