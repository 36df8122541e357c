#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/checks/root_view.h"
#include "agent/cli/mcp_text.h"
#include "agent/cli/qdrant_text.h"

namespace fleet::agent {
namespace {

QdrantState HealthyState() {
  QdrantState state;
  state.home = "/home/mira";
  QdrantFacts& facts = state.facts.emplace();
  facts.url = "http://localhost:6333";
  facts.collection = "AgentMemories";
  facts.wanted = true;
  facts.server = QdrantFacts::Server::kAnswers;
  facts.version = "1.15.5";
  facts.remembered = RememberedCollection{230, 1'751'966'000'000, 0};
  facts.found.emplace();
  facts.found->status = "green";
  facts.found->vectors = {{"fast-all-minilm-l6-v2", {384, "Cosine"}}};
  facts.found->points = 226;
  facts.found->search_us = 12'400;
  return state;
}

TEST(QdrantText, ShowsTheCollectionAtAGlance) {
  EXPECT_EQ(QdrantText({HealthyState()}),
            "http://localhost:6333 of /home/mira\n"
            "  server      answers, Qdrant 1.15.5\n"
            "  collection  AgentMemories, green\n"
            "  vectors     fast-all-minilm-l6-v2 384 Cosine\n"
            "  points      226, most seen 230 at 2025-07-08T09:13:20.000Z\n"
            "  search      12 ms (median of 5)\n"
            "  no finding\n");
}

TEST(QdrantText, NamesFindingsAndWhatWasNotLookedAt) {
  QdrantState down = HealthyState();
  down.facts->server = QdrantFacts::Server::kRefused;
  down.facts->found.reset();
  down.facts->version.clear();
  down.facts->call = "GET /";
  down.facts->reason = "connection refused";
  down.findings.push_back(DraftFinding("QDRANT_DOWN", "", down.facts->url, "", {down.facts->url}));
  QdrantState unknown;
  unknown.home = "/home/\x1b[1mx";
  const std::string text = QdrantText({down, unknown});
  EXPECT_NE(text.find("  server      refused (GET /: connection refused)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  P1 QDRANT_DOWN; dgmo-agent explain QDRANT_DOWN\n"), std::string::npos) << text;
  EXPECT_NE(text.find("could not be looked at"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(QdrantText, JsonHasEveryMemberAlways) {
  const auto json = QdrantJson({HealthyState()});
  const auto& qdrant = json["homes"][0]["qdrant"];
  EXPECT_EQ(qdrant["vectors"][0]["size"], 384);
  EXPECT_EQ(qdrant["points"], 226);
  EXPECT_EQ(qdrant["remembered_points"], 230);
  QdrantState empty;
  empty.facts.emplace();
  const auto other = QdrantJson({empty});
  for (const auto& [name, value] : qdrant.items()) EXPECT_TRUE(other["homes"][0]["qdrant"].contains(name)) << name;
}

McpServer Server(McpServer::Verdict verdict, bool is_remote) {
  McpServer server;
  server.name = "docs";
  server.address = "uvx";
  server.is_remote = is_remote;
  server.verdict = verdict;
  return server;
}

TEST(McpText, AProgramThatWasOnlyFoundIsNotCalledReachable) {
  const McpServer local = Server(McpServer::Verdict::kReachable, false);
  EXPECT_EQ(VerdictText(local, false), "found");
  EXPECT_EQ(VerdictText(local, true), "reachable");
  EXPECT_EQ(VerdictText(Server(McpServer::Verdict::kReachable, true), false), "reachable");
}

TEST(McpText, TheExitCodeIsOfTheWorst) {
  using Verdict = McpServer::Verdict;
  const auto code = [](std::vector<McpServer> servers) {
    return ExitCodeOf({{"/home/mira", true, std::move(servers)}});
  };
  EXPECT_EQ(code({}), 0);
  EXPECT_EQ(code({Server(Verdict::kReachable, true), Server(Verdict::kLocked, true)}), 0);
  EXPECT_EQ(code({Server(Verdict::kUnknown, true)}), 2);
  EXPECT_EQ(code({Server(Verdict::kUnknown, true), Server(Verdict::kNotMcp, true)}), 1);
  McpServer disabled = Server(Verdict::kUnknown, false);
  disabled.is_enabled = false;
  EXPECT_EQ(code({disabled}), 0);
  EXPECT_EQ(ExitCodeOf({{"/home/mira", false, {}}}), 2);
}

TEST(McpText, SaysWhenThereIsNone) {
  EXPECT_EQ(McpText({{"/home/mira", true, {}}}, false), "no MCP server is configured\n");
  const std::string text = McpText({{"/home/mira", true, {Server(McpServer::Verdict::kNoProgram, false)}}}, false);
  EXPECT_NE(text.find("no_program"), std::string::npos) << text;
}

}  // namespace
}  // namespace fleet::agent
