// The smaller operations: create, optimize, export.

#include "agent/qdrant/create.h"
#include "agent/qdrant/export.h"
#include "agent/qdrant/optimize.h"
#include "agent/qdrant/point_file.h"
#include "agent/qdrant/snapshot_store.h"
#include "tests/agent/qdrant/scene_fixture.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using QdrantCreate = QdrantSceneTest;

TEST_F(QdrantCreate, MakesTheCollectionThatTheMcpServerExpects) {
  const auto plan = PlanQdrantCreate(Scene(), false);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(Collections(), IsEmpty());
  const auto report = RunQdrantCreate(Scene(), false);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump()["vectors"], Json::parse(kRightVectors));
}

TEST_F(QdrantCreate, NeverInPlaceOfOneThatIsThere) {
  Fill(kUnnamed, 3);
  EXPECT_THAT(PlanQdrantCreate(Scene(), true).status(), HasReason("exists"));
  EXPECT_THAT(RunQdrantCreate(Scene(), true).status(), HasReason("exists"));
  EXPECT_EQ(server.Count("PUT", kPath), 0);
  EXPECT_EQ(Dump()["points"].size(), 3U);
}

TEST_F(QdrantCreate, NeverOverAFolderThatTheServerCouldNotLoad) {
  Fill();
  server.Change([](QdrantStore& store) { store.Unload(kCollection); });
  settings.qdrant_storage = server.storage();
  EXPECT_THAT(RunQdrantCreate(Scene(), true).status(), HasReason("unloaded_folder"));
  std::filesystem::remove(server.storage() + "/collections/AgentMemories/config.json");
  EXPECT_THAT(RunQdrantCreate(Scene(), true).status(), HasReason("unloaded_folder"));
  EXPECT_TRUE(std::filesystem::exists(server.storage() + "/collections/AgentMemories"));
}

TEST_F(QdrantCreate, ASnapshotIsRestoredInsteadUnlessOneSaysOtherwise) {
  Fill();
  ASSERT_TRUE(StoreSnapshot(*admin, kCollection, backups(), SnapshotUse::kBackup, ToMillis(clock.Now())).ok());
  server.Change([](QdrantStore& store) { store.Delete(kCollection); });
  EXPECT_THAT(RunQdrantCreate(Scene(), false).status(), HasReason("backup_exists"));
  EXPECT_TRUE(RunQdrantCreate(Scene(), true).ok());
}

TEST_F(QdrantCreate, ALostAnswerIsLookedUp) {
  Limit(std::chrono::seconds(3));
  server.Inject("PUT " + std::string(kPath), QdrantFault::kAnswerLost, 1);
  const auto report = RunQdrantCreate(Scene(), false);
  EXPECT_TRUE(report.ok()) << report.status();
}

TEST_F(QdrantCreate, ForAModelOfUnknownSizeItIsRefused) {
  target.vector_name = "fast-bge-small-en-v1.5";
  EXPECT_THAT(RunQdrantCreate(Scene(), false).status(), HasReason("model_unknown"));
}

using QdrantOptimize = QdrantSceneTest;

TEST_F(QdrantOptimize, StartsWhatWaitsAndOnlyThat) {
  Fill();
  EXPECT_THAT(RunQdrantOptimize(Scene())->steps, IsEmpty());
  EXPECT_EQ(server.Count("PATCH", kPath), 0);
  server.Change([](QdrantStore& store) { store.Get(kCollection).status = "grey"; });
  EXPECT_THAT(PlanQdrantOptimize(Scene())->steps, SizeIs(1));
  const auto report = RunQdrantOptimize(Scene());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->facts["status"], "green");
  EXPECT_EQ(server.Count("PATCH", kPath), 1);
}

TEST_F(QdrantOptimize, ARedCollectionIsNotStirred) {
  Fill();
  server.Change([](QdrantStore& store) { store.Get(kCollection).status = "red"; });
  EXPECT_THAT(RunQdrantOptimize(Scene()).status(), HasReason("status_red"));
  EXPECT_EQ(server.Count("PATCH", kPath), 0);
}

TEST_F(QdrantOptimize, AnOptimiserThatStaysBrokenIsAFailure) {
  Fill();
  server.Change([](QdrantStore& store) { store.Get(kCollection).optimizer_error = "disk full"; });
  EXPECT_THAT(RunQdrantOptimize(Scene()).status(), HasReason("not_verified"));
}

TEST_F(QdrantOptimize, AnIndexOnRequest) {
  Fill();
  ASSERT_TRUE(RunQdrantIndex(Scene(), "metadata.type", "keyword").ok());
  server.Change(
      [](QdrantStore& store) { EXPECT_TRUE(store.Get(kCollection).payload_schema.contains("metadata.type")); });
}

class QdrantExport : public QdrantSceneTest {
 protected:
  std::vector<Json> Exported() {
    std::vector<Json> points;
    EXPECT_TRUE(ReadPointFile(dir / "out.jsonl", 64, [&](const std::vector<Json>& some) {
                  points.insert(points.end(), some.begin(), some.end());
                  return absl::OkStatus();
                }).ok());
    return points;
  }
  absl::StatusOr<ExportRun> Export() { return ExportPoints(Scene(), dir / "out.jsonl"); }
  // Scrolls that reach this point fail as long as they ask for `what`.
  void Poison(const std::string& id, const std::string& what) {
    server.BeforeEach([this, id, what](const QdrantDouble::Request& request, QdrantStore& store) {
      if (!request.path.ends_with("/scroll")) return;
      const Json body = Json::parse(request.body);
      const Json page = store.Scroll(kCollection, body);
      const bool has_it = page["points"].dump().find(id) != std::string::npos;
      const bool asks = what == "any" || body.value(what, false);
      if (has_it && asks) server.SpoilThis(QdrantFault::kFailed);
    });
  }
};

TEST_F(QdrantExport, EveryPointIsInTheFile) {
  Fill(kRightVectors, 300);
  AddOddPoints(kName);
  const auto run = Export();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(run->is_complete);
  const Json before = Dump();
  const std::vector<Json> points = Exported();
  ASSERT_EQ(points.size(), before["points"].size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i]["id"], before["points"][i]["id"]);
    EXPECT_EQ(points[i]["payload"], before["points"][i]["payload"]);
    EXPECT_EQ(points[i]["vector"], before["points"][i]["vectors"]);
  }
}

TEST_F(QdrantExport, ThereIsNoOverwriting) {
  Fill();
  dir.Write("out.jsonl", "mine");
  EXPECT_THAT(Export().status(), HasReason("file_exists"));
  EXPECT_EQ(Read(dir / "out.jsonl"), "mine");
}

TEST_F(QdrantExport, APointWhoseVectorCannotBeReadIsSavedWithoutIt) {
  Fill(kRightVectors, 200);
  Poison("5f0f6d0c-2a3b-4e7f-9a1b-000000000064", "with_vector");
  const auto run = Export();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_FALSE(run->is_complete);
  EXPECT_EQ(run->report.facts["points"], 200);
  EXPECT_THAT(run->report.facts["without_vector"], testing::ElementsAre("5f0f6d0c-2a3b-4e7f-9a1b-000000000064"));
  EXPECT_THAT(run->report.facts["without_payload"], IsEmpty());
}

TEST_F(QdrantExport, APointOfWhichOnlyTheIdCanBeReadIsNamed) {
  Fill(kRightVectors, 200);
  Poison("5f0f6d0c-2a3b-4e7f-9a1b-000000000064", "with_payload");
  const auto run = Export();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->report.facts["points"], 200);
  EXPECT_THAT(run->report.facts["without_payload"], SizeIs(1));
}

TEST_F(QdrantExport, WhatCameBeforeTheEndStays) {
  Fill(kRightVectors, 200);
  Poison("5f0f6d0c-2a3b-4e7f-9a1b-000000000064", "any");
  const auto run = Export();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_FALSE(run->is_complete);
  EXPECT_EQ(run->report.facts["stopped_by"], "server_error");
  EXPECT_EQ(Exported().size(), 100U);
}

TEST_F(QdrantExport, AServerThatAnswersNothingIsAnErrorAndLeavesNoFile) {
  Fill();
  server.Stop();
  EXPECT_THAT(Export().status(), HasReason("server_down"));
  EXPECT_FALSE(std::filesystem::exists(dir / "out.jsonl"));
  server.Start();
  server.Inject("POST " + std::string(kPath) + "/points/scroll", QdrantFault::kHtml);
  EXPECT_THAT(Export().status(), HasReason("wrong_service"));
}

}  // namespace
}  // namespace fleet::agent
