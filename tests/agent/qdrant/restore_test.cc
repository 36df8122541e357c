#include "agent/qdrant/restore.h"

#include "agent/qdrant/backup.h"
#include "tests/agent/qdrant/scene_fixture.h"

namespace fleet::agent {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class QdrantRestore : public QdrantSceneTest {
 protected:
  using QdrantSceneTest::QdrantSceneTest;

  std::string Save() {
    const auto run = RunQdrantBackup(Scene(), false);
    EXPECT_TRUE(run.ok() && run->failed == 0) << run.status();
    clock.Advance(std::chrono::hours(1));
    return run.ok() ? run->report.facts["collections"][0]["file"].get<std::string>() : "";
  }
  void Drop() {
    server.Change([](QdrantStore& store) { store.Delete(kCollection); });
  }
  absl::StatusOr<OperationReport> Restore(const RestoreOptions& options = {}) {
    return RunQdrantRestore(Scene(), options);
  }
};

class QdrantRestoreOfVersion : public QdrantRestore, public ::testing::WithParamInterface<const char*> {
 protected:
  QdrantRestoreOfVersion() : QdrantRestore({.version = GetParam()}) {}
};

TEST_P(QdrantRestoreOfVersion, ALostCollectionComesBackExactly) {
  Fill();
  AddOddPoints(kName);
  const Json before = Dump();
  Save();
  Drop();
  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump(), before);
  EXPECT_EQ(report->facts["points"], 154);
  EXPECT_EQ(report->facts["vectors_as_expected"], true);
  EXPECT_THAT(FilesIn(server.snapshots()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Versions, QdrantRestoreOfVersion, ::testing::Values("1.9.0", "1.10.0", "1.15.5", "1.18.0"));

TEST_F(QdrantRestore, PointsThatWereLostComeBackAndTheStateBeforeIsKept) {
  Fill();
  const Json before = Dump();
  Save();
  server.Change([](QdrantStore& store) {
    store.Delete(kCollection);
    FillQdrantCollection(store, kCollection, kRightVectors, 2);
  });
  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump(), before);
  const std::string copy = report->facts["copy_before"].get<std::string>();
  EXPECT_THAT(copy, HasSubstr("/AgentMemories_backup_"));
  EXPECT_EQ(VerifyStored(copy)->points, 2);
  EXPECT_EQ(server.Count("DELETE", kPath), 0) << "nothing is deleted";
}

TEST_F(QdrantRestore, APlanNamesTheSnapshotAndChangesNothing) {
  Fill();
  const std::string file = Save();
  Drop();
  const auto plan = PlanQdrantRestore(Scene(), {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->facts["snapshot"], file);
  EXPECT_THAT(Collections(), IsEmpty());
}

TEST_F(QdrantRestore, ABadNewestFallsBackToTheOneBeforeAndSaysSo) {
  Fill(kRightVectors, 40);
  Save();
  Drop();
  Fill(kRightVectors, 60);
  const std::string newest = Save();
  std::filesystem::resize_file(newest, 1'000);
  Drop();
  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump()["points"].size(), 40U);
  EXPECT_THAT(report->steps, Contains(HasSubstr(newest + " is not used")));
}

TEST_F(QdrantRestore, WithoutAGoodSnapshotNothingHappens) {
  EXPECT_THAT(Restore().status(), HasReason("no_snapshot"));
  Fill();
  const std::string file = Save();
  std::filesystem::resize_file(file, 1'000);
  EXPECT_THAT(Restore().status(), HasReason("no_snapshot"));
  EXPECT_THAT(Restore({.snapshot = file}).status(), HasReason("snapshot_bad"));
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots/upload"), 0);
}

TEST_F(QdrantRestore, ACollectionThatCannotBeSavedFirstIsLeftAlone) {
  Fill();
  Save();
  server.Inject("POST " + std::string(kPath) + "/snapshots", QdrantFault::kFailed);
  const auto report = Restore();
  EXPECT_THAT(report.status(), HasReason("copy_failed"));
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots/upload"), 0);
}

TEST_F(QdrantRestore, OneThatDoesNotAnswerIsReplacedWithoutACopy) {
  Fill();
  const Json before = Dump();
  Save();
  server.Inject("POST " + std::string(kPath) + "/points/count", QdrantFault::kFailed, 4);
  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump(), before);
  EXPECT_FALSE(report->facts.contains("copy_before"));
}

TEST_F(QdrantRestore, ARestoreWhoseAnswerIsLostIsWaitedFor) {
  Fill();
  const Json before = Dump();
  Save();
  Drop();
  Limit(std::chrono::seconds(3));
  server.Inject("POST " + std::string(kPath) + "/snapshots/upload", QdrantFault::kAnswerLost, 1);
  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(Dump(), before);
}

// The collection was made anew by the MCP server, with the right vectors; the snapshot has the unnamed one.
TEST_F(QdrantRestore, PointsOfASnapshotWithAnotherVectorNameAreAdded) {
  Fill(kUnnamed);
  AddOddPoints("");
  const Json lost = Dump();
  Save();
  Drop();
  Fill(kRightVectors, 0);
  server.Change([](QdrantStore& store) {
    FillQdrantCollection(store, "source", kRightVectors, 160);
    Json points = Json::array();
    const Json source = store.Dump("source");
    for (const Json& point : source["points"]) {
      if (points.size() < 5 && point["id"] > "5f0f6d0c-2a3b-4e7f-9a1b-00000000009a") {
        points.push_back({{"id", point["id"]}, {"payload", point["payload"]}, {"vector", point["vectors"]}});
      }
    }
    store.Upsert(kCollection, {{"points", points}}, true);
    store.Delete("source");
  });
  const Json newer = Dump();
  ASSERT_EQ(newer["points"].size(), 5U);

  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  const Json after = Dump();
  EXPECT_EQ(after["vectors"], Json::parse(kRightVectors));
  EXPECT_EQ(after["points"].size(), 159U);
  for (const Json& point : WithVectorCalled(lost["points"], "", kName)) EXPECT_THAT(after["points"], Contains(point));
  for (const Json& point : newer["points"]) EXPECT_THAT(after["points"], Contains(point));
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
  EXPECT_EQ(report->facts["merged"], 154);
}

TEST_F(QdrantRestore, VectorsThatFitNeitherWayAreARefusal) {
  Fill(kRightVectors);
  Save();
  Drop();
  Fill(R"({"size":768,"distance":"Cosine"})", 3);
  const Json before = Dump();
  EXPECT_THAT(Restore().status(), HasReason("vectors_differ"));
  EXPECT_EQ(Dump(), before);
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
}

TEST_F(QdrantRestore, AnUnloadedFolderIsNotRemoved) {
  Fill();
  Save();
  server.Change([](QdrantStore& store) { store.Unload(kCollection); });
  settings.qdrant_storage = server.storage();
  EXPECT_THAT(Restore().status(), HasReason("unloaded_folder"));
  EXPECT_TRUE(std::filesystem::exists(server.storage() + "/collections/AgentMemories"));
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots/upload"), 0);
}

// Faults of the upload: the collection is as it was, or restored.
class QdrantRestoreFault : public QdrantRestore, public ::testing::WithParamInterface<QdrantFault> {};

TEST_P(QdrantRestoreFault, NeverLosesAPoint) {
  Fill();
  Save();
  server.Change([](QdrantStore& store) {
    store.DeletePoints(kCollection, {{"points", {"5f0f6d0c-2a3b-4e7f-9a1b-000000000001"}}});
  });
  const Json before = Dump();
  Limit(std::chrono::seconds(1));
  server.Inject("POST " + std::string(kPath) + "/snapshots/upload", GetParam());
  const auto report = Restore();
  const Json after = Dump();
  EXPECT_TRUE(after == before || after["points"].size() == 150U);
  if (!report.ok()) {
    EXPECT_THAT(ReasonOf(report.status()), AnyOf("timeout", "copy_failed", "connection_closed", "server_error", "busy",
                                                 "key_refused", "unsupported", "wrong_service", "points_missing"));
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, QdrantRestoreFault,
                         ::testing::Values(QdrantFault::kHang, QdrantFault::kAnswerLost, QdrantFault::kStall,
                                           QdrantFault::kCloseMidBody, QdrantFault::kHtml, QdrantFault::kTruncatedJson,
                                           QdrantFault::kUnauthorized, QdrantFault::kNotFoundEmpty,
                                           QdrantFault::kFailed, QdrantFault::kUnavailable, QdrantFault::kDiskFull));

}  // namespace
}  // namespace fleet::agent
