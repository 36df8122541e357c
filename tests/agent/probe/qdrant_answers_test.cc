#include "agent/probe/qdrant_answers.h"

#include <gtest/gtest.h>

namespace fleet::agent {
namespace {

using Kind = QdrantReply::Kind;

TEST(QdrantReply, TellsQdrantsErrorsFromOtherAnswers) {
  EXPECT_EQ(ParseReply(200, R"({"result":{"count":1},"status":"ok","time":0.001})").kind, Kind::kResult);
  EXPECT_EQ(ParseReply(200, R"({"result":true,"status":"ok","time":1,"usage":{"hardware":{}}})").kind, Kind::kResult);
  EXPECT_EQ(ParseReply(404, R"({"status":{"error":"Not found: Collection `X` doesn't exist!"},"time":0})").kind,
            Kind::kMissing);
  EXPECT_EQ(ParseReply(404, "").kind, Kind::kNoSuchPath);
  EXPECT_EQ(ParseReply(404, "<h1>Not Found</h1>").kind, Kind::kForeign);
  EXPECT_EQ(ParseReply(401, "Must provide an API key or an Authorization bearer token").kind, Kind::kUnauthorized);
  EXPECT_EQ(ParseReply(403, "Invalid api-key").kind, Kind::kUnauthorized);
  EXPECT_EQ(ParseReply(400, R"({"status":{"error":"Wrong input: x"},"time":0})").kind, Kind::kRejected);
  EXPECT_EQ(ParseReply(429, R"({"status":{"error":"Rate limiting exceeded: x"},"time":0})").kind, Kind::kRejected);
  EXPECT_EQ(ParseReply(503, R"({"status":"already_in_progress","time":0})").kind, Kind::kFailed);
  EXPECT_EQ(ParseReply(502, "<html>Bad Gateway</html>").kind, Kind::kFailed);
  EXPECT_EQ(ParseReply(200, "<!doctype html>").kind, Kind::kForeign);
  EXPECT_EQ(ParseReply(200, R"({"result":{"count":1},"sta)").kind, Kind::kForeign);
  EXPECT_EQ(ParseReply(200, R"({"status":"ok"})").kind, Kind::kForeign);
  EXPECT_EQ(ParseReply(302, "").kind, Kind::kForeign);
}

TEST(QdrantReply, CutsLongErrorsBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += "ü";
  const QdrantReply reply = ParseReply(500, R"({"status":{"error":"x)" + text + R"("},"time":0})");
  EXPECT_EQ(reply.error.size(), 199U);
}

TEST(QdrantAnswers, ReadsTheTitle) {
  EXPECT_EQ(ParseTitle(R"({"title":"qdrant - vector search engine","version":"1.15.5","commit":"x"})"), "1.15.5");
  EXPECT_EQ(ParseTitle(R"({"title":"Qdrant"})"), "");
  EXPECT_FALSE(ParseTitle(R"({"title":"weaviate","version":"1"})"));
  EXPECT_FALSE(ParseTitle("qdrant"));
}

TEST(QdrantAnswers, ComparesVersions) {
  EXPECT_TRUE(IsVersionAtLeast("1.10.0", 1, 10));
  EXPECT_TRUE(IsVersionAtLeast("2.0", 1, 10));
  EXPECT_FALSE(IsVersionAtLeast("1.9.7", 1, 10));
  EXPECT_FALSE(IsVersionAtLeast("0.11.0", 1, 10));
  EXPECT_TRUE(IsVersionAtLeast("", 1, 10));
  EXPECT_TRUE(IsVersionAtLeast("dev", 1, 10));
}

TEST(QdrantAnswers, ReadsACollection) {
  const auto parse = [](const char* text) { return ParseCollection(nlohmann::json::parse(text)); };
  auto found = parse(R"({"status":"red","optimizer_status":{"error":"disk full"},"points_count":226,
    "config":{"params":{"vectors":{"a":{"size":384,"distance":"Cosine","hnsw_config":{}},"b":{"size":2,"distance":"Dot"}}}}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, "red");
  EXPECT_EQ(found->optimizer_error, "disk full");
  EXPECT_EQ(found->vectors.size(), 2U);
  found = parse(
      R"({"status":"green","optimizer_status":"ok","config":{"params":{"vectors":{"size":3,"distance":"Dot"}}}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->vectors.at("").size, 3);
  EXPECT_EQ(found->optimizer_error, "");
  // Named vectors may have any name.
  found =
      parse(R"({"config":{"params":{"vectors":{"size":{"size":3,"distance":"Dot"},"":{"size":4,"distance":"Dot"}}}}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->vectors.at("size").size, 3);
  EXPECT_EQ(found->vectors.at("").size, 4);
  EXPECT_TRUE(parse(R"({"config":{"params":{"vectors":{}}}})"));
  for (const char* broken :
       {"{}", "[]", "null", R"({"config":{"params":{}}})", R"({"config":{"params":{"vectors":[]}}})",
        R"({"config":{"params":{"vectors":{"a":{"size":-1,"distance":"Dot"}}}}})",
        R"({"config":{"params":{"vectors":{"a":5}}}})"}) {
    EXPECT_FALSE(parse(broken)) << broken;
  }
}

TEST(QdrantAnswers, CountsAreWholeNumbers) {
  EXPECT_EQ(ParseCount(nlohmann::json{{"count", 226}}), 226);
  EXPECT_EQ(ParseCount(nlohmann::json{{"count", 0}}), 0);
  EXPECT_FALSE(ParseCount(nlohmann::json{{"count", -1}}));
  EXPECT_FALSE(ParseCount(nlohmann::json{{"count", 1.5}}));
  EXPECT_FALSE(ParseCount(nlohmann::json{{"count", 18'446'744'073'709'551'615U}}));
  EXPECT_FALSE(ParseCount(nlohmann::json(true)));
}

TEST(QdrantAnswers, TakesTheFirstVectorThatIsThere) {
  const auto result = nlohmann::json::parse(
      R"({"points":[{"id":1,"vector":{}},{"id":2,"vector":null},{"id":3},{"id":4,"vector":{"n":[0.5,2]}},{"id":5,"vector":[1]},
          {"id":6,"vector":{"":[2]}}]})");
  EXPECT_EQ(FirstVector(result, "n"), "[0.5,2]");
  EXPECT_EQ(FirstVector(result, ""), "[1]");
  EXPECT_FALSE(FirstVector(result, "other"));
  EXPECT_FALSE(FirstVector(nlohmann::json::parse("[]"), "n"));
}

TEST(QdrantAnswers, ReadsTheCountOfAManifest) {
  EXPECT_EQ(ParseManifestCount(R"({"exact_count":5})"), 5);
  EXPECT_FALSE(ParseManifestCount("{}"));
  EXPECT_FALSE(ParseManifestCount("nothing"));
}

}  // namespace
}  // namespace fleet::agent
