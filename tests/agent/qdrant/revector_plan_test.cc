#include "agent/qdrant/revector_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/qdrant/reason.h"

namespace fleet::agent {
namespace {

using Json = nlohmann::json;

constexpr char kName[] = "fast-all-minilm-l6-v2";

WantedVector Wanted() { return {.name = kName, .model = "sentence-transformers/all-MiniLM-L6-v2"}; }

Json InfoOf(const char* vectors) {
  Json info = {{"status", "green"}, {"config", {{"params", {{"shard_number", 1}, {"replication_factor", 1}}}}}};
  info["config"]["params"]["vectors"] = Json::parse(vectors);
  return info;
}

Json PointWith(const std::string& vector, const Json& payload = {{"document", "x"}}) {
  const Json numbers = {0.5, 0.5};
  return {{"id", 1}, {"payload", payload}, {"vector", vector.empty() ? numbers : Json{{vector, numbers}}}};
}

struct Case {
  const char* name;
  const char* vectors;
  const char* from;  // the vector that is renamed
  const char* refusal = "";
  std::vector<Json> sample = {};
  bool same_model = false;
  bool proven = false;
};

class RevectorPlanning : public ::testing::TestWithParam<Case> {};

TEST_P(RevectorPlanning, Decides) {
  const Case& c = GetParam();
  WantedVector wanted = Wanted();
  wanted.same_model = c.same_model;
  const auto plan = PlanRename(InfoOf(c.vectors), c.sample, wanted);
  EXPECT_EQ(plan.ok() ? "" : ReasonOf(plan.status()), c.refusal) << plan.status();
  if (!plan.ok()) {
    EXPECT_TRUE(IsRefusal(plan.status()));
    return;
  }
  ASSERT_TRUE(plan->is_needed);
  EXPECT_EQ(plan->rename.from, c.from);
  EXPECT_EQ(plan->rename.to, kName);
  EXPECT_EQ(plan->body["vectors"][kName]["size"], 384);
  EXPECT_EQ(plan->body["vectors"][kName]["distance"], "Cosine");
  EXPECT_EQ(plan->is_model_proven, c.proven);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RevectorPlanning,
    ::testing::Values(
        Case{"Unnamed", R"({"size":384,"distance":"Cosine"})", ""},
        Case{"UnnamedInAMap", R"({"":{"size":384,"distance":"Cosine"}})", ""},
        Case{"OtherName", R"({"text":{"size":384,"distance":"Cosine"}})", "text"},
        Case{"OneOfSeveralFits", R"({"a":{"size":768,"distance":"Cosine"},"b":{"size":384,"distance":"Cosine"}})", "b"},
        Case{"OtherDistance", R"({"fast-all-minilm-l6-v2":{"size":384,"distance":"Dot"}})", kName, "", {}, false, true},
        Case{"PayloadNamesTheModel",
             R"({"size":384,"distance":"Cosine"})",
             "",
             "",
             {PointWith("", {{"metadata", {{"embedding_model", "all-MiniLM-L6-v2"}}}})},
             false,
             true},
        Case{"OtherModelsNameWithConsent",
             R"({"fast-bge-small-en-v1.5":{"size":384,"distance":"Cosine"}})",
             "fast-bge-small-en-v1.5",
             "",
             {},
             true,
             true},
        Case{"OtherModelsName", R"({"fast-bge-small-en-v1.5":{"size":384,"distance":"Cosine"}})", "", "model_unknown"},
        Case{"PayloadNamesAnotherModel",
             R"({"size":384,"distance":"Cosine"})",
             "",
             "model_unknown",
             {PointWith("", {{"embedding_model", "BAAI/bge-small-en-v1.5"}})}},
        Case{"OtherSize", R"({"size":768,"distance":"Cosine"})", "", "size_differs"},
        Case{"RightNameOtherSize", R"({"fast-all-minilm-l6-v2":{"size":768,"distance":"Cosine"}})", "", "size_differs"},
        Case{"NoVectors", "{}", "", "vectors_absent"},
        Case{"PointsWithoutVectors",
             R"({"size":384,"distance":"Cosine"})",
             "",
             "vectors_absent",
             {Json{{"id", 1}, {"vector", Json::object()}}, Json{{"id", 2}, {"vector", nullptr}}}},
        Case{"TwoFit", R"({"a":{"size":384,"distance":"Cosine"},"b":{"size":384,"distance":"Cosine"}})", "",
             "vectors_ambiguous"},
        Case{"SeveralVectorsAPoint",
             R"({"size":384,"distance":"Cosine","multivector_config":{"comparator":"max_sim"}})", "",
             "unsupported_vector"},
        Case{"SmallerNumbers", R"({"size":384,"distance":"Cosine","datatype":"uint8"})", "", "unsupported_vector"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RevectorPlanTest, ARightCollectionNeedsNothing) {
  const auto plan = PlanRename(InfoOf(R"({"fast-all-minilm-l6-v2":{"size":384,"distance":"Cosine"}})"), {}, Wanted());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->is_needed);
}

TEST(RevectorPlanTest, OtherRefusals) {
  Json red = InfoOf(R"({"size":384,"distance":"Cosine"})");
  red["status"] = "red";
  EXPECT_EQ(ReasonOf(PlanRename(red, {}, Wanted()).status()), "status_red");
  Json sharded = InfoOf(R"({"size":384,"distance":"Cosine"})");
  sharded["config"]["params"]["shard_number"] = 2;
  EXPECT_EQ(ReasonOf(PlanRename(sharded, {}, Wanted()).status()), "sharded");
  WantedVector other = Wanted();
  other.is_model_known = false;
  EXPECT_EQ(ReasonOf(PlanRename(InfoOf(R"({"size":384,"distance":"Cosine"})"), {}, other).status()), "model_unknown");
}

TEST(RevectorPlanTest, TheConfigurationIsCarriedOver) {
  Json info = InfoOf(R"({"size":384,"distance":"Cosine","on_disk":true,"hnsw_config":{"m":32},"datatype":null})");
  info["config"]["params"].update({{"on_disk_payload", true}, {"sparse_vectors", {{"words", Json::object()}}}});
  info["config"].update({{"hnsw_config", {{"m", 16}, {"on_disk", nullptr}}},
                         {"optimizer_config", {{"indexing_threshold", 7}, {"max_segment_size", nullptr}}},
                         {"wal_config", {{"wal_capacity_mb", 64}}},
                         {"quantization_config", nullptr}});
  info["payload_schema"] = {{"metadata.type", {{"data_type", "keyword"}, {"points", 3}}},
                            {"document", {{"data_type", "text"}, {"params", {{"type", "text"}, {"lowercase", true}}}}}};
  const auto plan = PlanRename(info, {}, Wanted());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->body, Json::parse(R"({
    "vectors": {"fast-all-minilm-l6-v2": {"size": 384, "distance": "Cosine", "on_disk": true, "hnsw_config": {"m": 32}}},
    "shard_number": 1, "replication_factor": 1, "on_disk_payload": true, "sparse_vectors": {"words": {}},
    "hnsw_config": {"m": 16}, "optimizers_config": {"indexing_threshold": 7}, "wal_config": {"wal_capacity_mb": 64}})"));
  EXPECT_EQ(plan->indexes.at("metadata.type"), "keyword");
  EXPECT_EQ(plan->indexes.at("document"), Json::parse(R"({"type":"text","lowercase":true})"));
}

}  // namespace
}  // namespace fleet::agent
