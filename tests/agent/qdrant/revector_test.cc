#include "agent/qdrant/revector.h"

#include "agent/qdrant/operation_journal.h"
#include "agent/qdrant/snapshot_store.h"
#include "tests/agent/qdrant/scene_fixture.h"
#include "tests/support/effort.h"

namespace fleet::agent {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class QdrantRevector : public QdrantSceneTest {
 protected:
  using QdrantSceneTest::QdrantSceneTest;

  absl::StatusOr<OperationReport> Revector(const RevectorOptions& options = {}) {
    return RunRevector(Scene(), options);
  }
  // Whether the points are those, under the right name.
  void ExpectConverted(const Json& before, const std::string& from = "") {
    const Json after = Dump();
    EXPECT_EQ(after["vectors"], Json::parse(kRightVectors));
    EXPECT_EQ(after["points"], WithVectorCalled(before["points"], from, kName));
    EXPECT_THAT(Collections(), ElementsAre(kCollection));
  }
};

class QdrantRevectorOfVersion : public QdrantRevector, public ::testing::WithParamInterface<const char*> {
 protected:
  QdrantRevectorOfVersion() : QdrantRevector({.version = GetParam()}) {}
};

TEST_P(QdrantRevectorOfVersion, AnUnnamedVectorGetsItsNameAndNothingElseChanges) {
  Fill(kUnnamed, 70);
  AddOddPoints("");
  const Json before = Dump();
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectConverted(before);
  EXPECT_EQ(report->facts["points"], 74);
  EXPECT_EQ(report->facts["points_rounded"], 0);
  EXPECT_EQ(report->facts["semantics"], "unverified");
  EXPECT_EQ(VerifyStored(report->facts["snapshot"].get<std::string>())->points, 74);
  EXPECT_THAT(FilesIn(server.snapshots()), IsEmpty());
  const auto again = Revector();
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(again->steps, IsEmpty()) << "nothing to do";
}

INSTANTIATE_TEST_SUITE_P(Versions, QdrantRevectorOfVersion,
                         ::testing::Values("1.9.0", "1.9.3", "1.10.0", "1.12.2", "1.13.3", "1.15.5", "1.16.0", "1.17.0",
                                           "1.18.0"));

TEST_F(QdrantRevector, AVectorOfAnotherNameGetsTheRightOne) {
  Fill(R"({"text":{"size":384,"distance":"Cosine"}})");
  const Json before = Dump();
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectConverted(before, "text");
}

TEST_F(QdrantRevector, AnotherMeasureIsChangedToTheRightOne) {
  Fill(R"({"fast-all-minilm-l6-v2":{"size":384,"distance":"Dot"}})", 20);
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump()["vectors"], Json::parse(kRightVectors));
  EXPECT_EQ(Dump()["points"].size(), 20U);
}

TEST_F(QdrantRevector, AnEmptyCollectionIsMadeAnew) {
  Fill(kUnnamed, 0);
  ASSERT_TRUE(Revector().ok());
  ExpectConverted({{"points", Json::array()}});
}

TEST_F(QdrantRevector, ConfigurationIndexesAndAliasesAreKept) {
  server.Change([](QdrantStore& store) {
    store.Create(kCollection, {{"vectors", Json::parse(kUnnamed)},
                               {"hnsw_config", {{"m", 48}}},
                               {"optimizers_config", {{"indexing_threshold", 7}}},
                               {"on_disk_payload", false}});
    store.Upsert(
        kCollection,
        {{"points", {{{"id", 1}, {"vector", Json(std::vector<float>(384, 1.F))}, {"payload", {{"document", "x"}}}}}}},
        true);
    store.Get(kCollection).payload_schema["metadata.type"] = {{"data_type", "keyword"}, {"points", 1}};
    store.ChangeAliases(
        {{"actions", {{{"create_alias", {{"collection_name", kCollection}, {"alias_name", "memory"}}}}}}});
  });
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  server.Change([](QdrantStore& store) {
    const Json info = store.Info("memory");
    EXPECT_EQ(info["config"]["hnsw_config"]["m"], 48);
    EXPECT_EQ(info["config"]["optimizer_config"]["indexing_threshold"], 7);
    EXPECT_EQ(info["config"]["params"]["on_disk_payload"], false);
    EXPECT_EQ(info["payload_schema"]["metadata.type"]["data_type"], "keyword");
    EXPECT_EQ(store.RealName("memory"), kCollection);
  });
}

TEST_F(QdrantRevector, APlanChangesNothing) {
  Fill(kUnnamed);
  const auto plan = PlanRevector(Scene(), {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->steps, SizeIs(4));
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
  EXPECT_FALSE(std::filesystem::exists(dir / "state"));
}

TEST_F(QdrantRevector, WhatCannotBeRenamedIsRefusedAndLeftAsItIs) {
  EXPECT_THAT(Revector().status(), HasReason("missing"));
  for (const auto& [vectors, reason] : std::map<const char*, const char*>{
           {R"({"size":768,"distance":"Cosine"})", "size_differs"},
           {R"({"fast-bge-small-en-v1.5":{"size":384,"distance":"Cosine"}})", "model_unknown"},
           {"{}", "vectors_absent"}}) {
    server.Change([&, v = vectors](QdrantStore& store) {
      store.Delete(kCollection);
      FillQdrantCollection(store, kCollection, v, std::string(v) == "{}" ? 0 : 10);
    });
    const Json before = Dump();
    const auto report = Revector();
    EXPECT_THAT(report.status(), HasReason(reason)) << vectors;
    EXPECT_TRUE(IsRefusal(report.status()));
    EXPECT_THAT(std::string(report.status().message()), HasSubstr("dgmo-agent qdrant export"));
    EXPECT_EQ(Dump(), before);
    EXPECT_THAT(Collections(), ElementsAre(kCollection));
  }
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots"), 0) << "nothing was begun";
}

TEST_F(QdrantRevector, TheCopyOfAnotherRepairIsARefusal) {
  Fill(kUnnamed);
  Fill(kRightVectors, 3, "AgentMemories__dr_20250101_000000");
  EXPECT_THAT(Revector().status(), HasReason("other_temporary"));
}

TEST_F(QdrantRevector, APointThatComesWhileOthersAreCopiedIsCopiedToo) {
  Fill(kUnnamed);
  bool added = false;
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore& store) {
    if (added || request.method != "PUT" || request.path.find("__dr_") == std::string::npos) return;
    added = true;
    store.Upsert(
        kCollection,
        {{"points", {{{"id", 42}, {"payload", {{"document", "late"}}}, {"vector", std::vector<float>(384, 1.F)}}}}},
        true);
  });
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->facts["points"], 151);
  EXPECT_EQ(Dump()["points"].size(), 151U);
}

TEST_F(QdrantRevector, AWriterThatNeverRestsIsARefusalToGoOn) {
  Fill(kUnnamed);
  int next = 1;
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore& store) {
    if (request.method != "PUT" || !request.path.ends_with("/points")) return;
    store.Upsert(
        kCollection,
        {{"points", {{{"id", next++}, {"payload", Json::object()}, {"vector", std::vector<float>(384, 1.F)}}}}}, true);
  });
  EXPECT_THAT(Revector().status(), HasReason("writers_active"));
  EXPECT_EQ(Dump()["vectors"], Json::parse(kUnnamed));
  EXPECT_EQ(Dump()["points"].size(), static_cast<std::size_t>(150 + next - 1)) << "all are where they were";
}

TEST_F(QdrantRevector, APointThatVanishesMeanwhileStopsItAndCanBeTakenBack) {
  Fill(kUnnamed);
  const Json before = Dump();
  bool removed = false;
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore& store) {
    if (removed || request.method != "PUT" || request.path.find("__dr_") == std::string::npos) return;
    removed = true;
    store.DeletePoints(kCollection, {{"points", {"5f0f6d0c-2a3b-4e7f-9a1b-000000000003"}}});
  });
  EXPECT_THAT(Revector().status(), HasReason("points_vanished"));
  EXPECT_EQ(Dump()["points"].size(), 149U);
  const auto plan = PlanRevector(Scene(), {});
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->steps, ElementsAre(HasSubstr("finish the conversion")));
  const auto back = RollBackRevector(Scene());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
  EXPECT_EQ(Dump()["vectors"], Json::parse(kUnnamed));
}

// The MCP server makes a collection that it misses.
TEST_F(QdrantRevector, ACollectionThatIsMadeInTheGapKeepsItsNewPoints) {
  Fill(kUnnamed);
  const Json before = Dump();
  bool made = false;
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore& store) {
    if (made || request.method != "PUT" || request.path != kPath) return;
    made = true;
    FillQdrantCollection(store, kCollection, kRightVectors, 0);
    store.Upsert(
        kCollection,
        {{"points",
          {{{"id", 42}, {"payload", {{"document", "new"}}}, {"vector", {{kName, std::vector<float>(384, 1.F)}}}}}}},
        true);
  });
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump()["points"].size(), 151U);
  const Json after = Dump();
  for (const Json& point : WithVectorCalled(before["points"], "", kName)) {
    EXPECT_EQ(std::count(after["points"].begin(), after["points"].end(), point), 1) << point["id"];
  }
}

TEST_F(QdrantRevector, ACollectionThatIsMadeWrongInTheGapIsNotTouched) {
  Fill(kUnnamed);
  bool made = false;
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore& store) {
    if (made || request.method != "PUT" || request.path != kPath) return;
    made = true;
    FillQdrantCollection(store, kCollection, kUnnamed, 3);
  });
  EXPECT_THAT(Revector().status(), HasReason("collection_changed"));
  // It holds points that are all saved: the next run replaces it, as soon as it has nothing of its own.
  EXPECT_THAT(RollBackRevector(Scene()).status(), HasReason("too_late"));
  EXPECT_THAT(Collections(), SizeIs(2)) << "the copy with every point is still there";
  server.Change([](QdrantStore& store) { store.Delete(kCollection); });
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump()["points"].size(), 150U);
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
}

TEST_F(QdrantRevector, LargePointsGoAFewAtATime) {
  Fill(kUnnamed, 20);
  server.Change([](QdrantStore& store) {
    for (int i = 0; i < 20; ++i) {
      const Json point = {
          {"id", i}, {"payload", {{"document", std::string(100'000, 'x')}}}, {"vector", std::vector<float>(384, 1.F)}};
      store.Upsert(kCollection, {{"points", Json::array({point})}}, true);
    }
  });
  max_request = 500'000;
  max_answer = 700'000;
  Limit(std::chrono::seconds(20));
  const Json before = Dump();
  const auto report = Revector();
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectConverted(before);
  for (const QdrantDouble::Request& request : server.requests()) EXPECT_LE(request.body.size(), 500'000U);
}

TEST_F(QdrantRevector, ALockedServerIsSaidToBeLocked) {
  Fill(kUnnamed);
  HttpRequest lock;
  lock.method = "POST";
  lock.url = server.url() + "/locks";
  lock.headers = {"Content-Type: application/json"};
  lock.body = R"({"write":true,"error_message":"maintenance"})";
  ASSERT_TRUE(std::holds_alternative<HttpAnswer>(Fetch(lock)));
  const auto report = Revector();
  EXPECT_THAT(report.status(), HasReason("storage_locked"));
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("maintenance"));
  EXPECT_EQ(Dump()["vectors"], Json::parse(kUnnamed));
}

// Every call goes wrong once, in every way, at every place: the run after it finishes, and nothing is lost.
class QdrantRevectorFault : public QdrantRevector, public ::testing::WithParamInterface<QdrantFault> {};

TEST_P(QdrantRevectorFault, AtAnyCallLosesNothing) {
  Fill(kUnnamed, 70);
  const Json before = Dump();
  ASSERT_TRUE(Revector().ok());
  const auto calls = static_cast<int>(server.requests().size());
  const int stride = FaultStride();
  for (int at = static_cast<int>(GetParam()) % stride; at < calls; at += stride) {
    server.Change([](QdrantStore& store) {
      store.Delete(kCollection);
      FillQdrantCollection(store, kCollection, kUnnamed, 70);
    });
    clock.Advance(std::chrono::minutes(5));
    Limit(std::chrono::milliseconds(stride > 1 ? 5'000 : 250));
    server.InjectAt(server.requests().size() + static_cast<std::size_t>(at), GetParam());
    const auto report = Revector();
    // Lets go of requests that were never answered.
    server.Stop();
    server.Start();
    server.Heal();  // on a slow machine another call was not answered in time before that one
    if (!report.ok()) {
      Limit(std::chrono::seconds(20));
      const auto again = Revector();
      ASSERT_TRUE(again.ok()) << again.status() << " at call " << at << " after " << report.status();
    }
    ExpectConverted(before);
    if (HasFailure()) FAIL() << "at call " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, QdrantRevectorFault,
                         ::testing::Values(QdrantFault::kHang, QdrantFault::kAnswerLost, QdrantFault::kCloseMidBody,
                                           QdrantFault::kHtml, QdrantFault::kFailed, QdrantFault::kUnavailable,
                                           QdrantFault::kNotFoundEmpty));

}  // namespace
}  // namespace fleet::agent
