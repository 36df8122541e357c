#include "agent/qdrant/backup.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "agent/qdrant/verify.h"
#include "agent/store/root_lock.h"
#include "common/sha256.h"
#include "common/time_text.h"
#include "tests/agent/qdrant/scene_fixture.h"
#include "tests/support/namespaces.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class QdrantBackup : public QdrantSceneTest {
 protected:
  using QdrantSceneTest::QdrantSceneTest;

  QdrantBackupRun Backup(bool all = false) {
    auto run = RunQdrantBackup(Scene(), all);
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? *std::move(run) : QdrantBackupRun{};
  }
  // The reason why the only collection was not saved.
  std::string ReasonOfFailure() {
    const QdrantBackupRun run = Backup();
    EXPECT_EQ(run.failed, 1);
    return run.report.facts["collections"][0].value("reason", "");
  }
  int SnapshotsOnServer() { return static_cast<int>(FilesIn(server.snapshots()).size()); }
};

class QdrantBackupOfVersion : public QdrantBackup, public ::testing::WithParamInterface<const char*> {
 protected:
  QdrantBackupOfVersion() : QdrantBackup({.version = GetParam()}) {}
};

TEST_P(QdrantBackupOfVersion, ASnapshotComesHereWithItsManifestAndLeavesTheServer) {
  Fill();
  const std::string stem = backups() + "/AgentMemories_" + TimeNameText(ToMillis(clock.Now()));
  const QdrantBackupRun run = Backup();
  EXPECT_EQ(run.failed, 0);
  const Json facts = run.report.facts["collections"][0];
  EXPECT_EQ(facts["file"], stem + ".snapshot");
  const std::string bytes = Read(stem + ".snapshot");
  const Json manifest = Json::parse(Read(stem + ".json"));
  EXPECT_EQ(manifest["collection"], kCollection);
  EXPECT_EQ(manifest["server_version"], GetParam());
  EXPECT_EQ(manifest["vectors"], Json::parse(kRightVectors));
  EXPECT_EQ(manifest["exact_count"], 150);
  EXPECT_EQ(manifest["size"], bytes.size());
  EXPECT_EQ(manifest["sha256"], Sha256Hex(bytes));
  EXPECT_EQ(manifest["created_ms"], ToMillis(clock.Now()));
  EXPECT_EQ(SnapshotsOnServer(), 0);
  const auto verified = VerifyStored(stem + ".snapshot");
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->state, BackupState::kGood);
  EXPECT_EQ(verified->points, 150);
  EXPECT_EQ((std::filesystem::status(stem + ".snapshot").permissions() & std::filesystem::perms::all),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

INSTANTIATE_TEST_SUITE_P(Versions, QdrantBackupOfVersion,
                         ::testing::Values("1.7.4", "1.9.0", "1.9.3", "1.10.0", "1.12.2", "1.13.3", "1.15.5", "1.16.0",
                                           "1.17.0", "1.18.0"));

TEST_F(QdrantBackup, APlanChangesNothing) {
  Fill();
  const auto plan = PlanQdrantBackup(Scene(), false);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->steps, ElementsAre(HasSubstr("AgentMemories (150 points)")));
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots"), 0);
  EXPECT_THAT(FilesIn(dir.path() + "/home"), IsEmpty());
}

TEST_F(QdrantBackup, AllCollectionsButTheAgentsOwn) {
  Fill();
  Fill(kUnnamed, 3, "Other");
  Fill(kUnnamed, 3, TemporaryName(kCollection, ToMillis(clock.Now())));
  const QdrantBackupRun run = Backup(true);
  EXPECT_EQ(run.failed, 0);
  ASSERT_THAT(run.report.facts["collections"], SizeIs(2));
  EXPECT_EQ(run.report.facts["collections"][0]["collection"], kCollection);
  EXPECT_EQ(run.report.facts["collections"][1]["collection"], "Other");
}

TEST_F(QdrantBackup, AMissingCollectionIsARefusal) {
  const auto run = RunQdrantBackup(Scene(), false);
  EXPECT_THAT(run.status(), HasReason("missing"));
  EXPECT_TRUE(IsRefusal(run.status()));
}

TEST_F(QdrantBackup, OneThatFailsDoesNotKeepTheOthersFromBeingSaved) {
  Fill();
  Fill(kUnnamed, 3, "Other");
  server.Inject("GET " + std::string(kPath) + "/snapshots/", QdrantFault::kCorrupt);
  const QdrantBackupRun run = Backup(true);
  EXPECT_EQ(run.failed, 1);
  EXPECT_EQ(run.report.facts["collections"][0]["reason"], "checksum_differs");
  EXPECT_EQ(run.report.facts["collections"][1]["outcome"], "done");
}

TEST_F(QdrantBackup, AnotherRunIsWaitedForByNobody) {
  Fill();
  std::filesystem::create_directories(dir / "state/qdrant");
  const auto held = RootLock::Take(dir / "state/qdrant", dir / "state");
  ASSERT_TRUE(held.ok());
  EXPECT_THAT(RunQdrantBackup(Scene(), false).status(), HasReason("busy"));
}

// Faults of the download: nothing that looks like a backup stays, here or on the server.
struct DownloadFault {
  const char* name;
  QdrantFault fault;
  const char* reason;
};
class QdrantBackupFault : public QdrantBackup, public ::testing::WithParamInterface<DownloadFault> {};

TEST_P(QdrantBackupFault, LeavesNothingBehind) {
  Fill();
  if (GetParam().fault == QdrantFault::kStall) stall_limit = std::chrono::seconds(1);
  Limit(std::chrono::seconds(20));
  server.Inject("GET " + std::string(kPath) + "/snapshots/", GetParam().fault);
  EXPECT_EQ(ReasonOfFailure(), GetParam().reason);
  EXPECT_THAT(FilesIn(backups()), IsEmpty());
  EXPECT_EQ(SnapshotsOnServer(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, QdrantBackupFault,
    ::testing::Values(DownloadFault{"OneByteIsWrong", QdrantFault::kCorrupt, "checksum_differs"},
                      DownloadFault{"CutInTheMiddle", QdrantFault::kCloseMidBody, "connection_closed"},
                      DownloadFault{"EndsEarlyWithTheRightLength", QdrantFault::kTruncatedJson, "size_differs"},
                      DownloadFault{"StopsInTheMiddle", QdrantFault::kStall, "timeout"},
                      DownloadFault{"APage", QdrantFault::kHtml, "size_differs"},
                      DownloadFault{"ServerError", QdrantFault::kFailed, "server_error"},
                      DownloadFault{"Unavailable", QdrantFault::kUnavailable, "busy"},
                      DownloadFault{"KeyRefused", QdrantFault::kUnauthorized, "key_refused"},
                      DownloadFault{"Gone", QdrantFault::kNotFoundEmpty, "missing"}),
    [](const auto& test) { return std::string(test.param.name); });

// In a process of its own, which may write no larger file than that.
TEST_F(QdrantBackup, ADiskThatFillsUpMeanwhileLeavesNothingBehind) {
  Fill();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small = {100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto run = RunQdrantBackup(Scene(), false);
    _exit(run.ok() && run->report.facts["collections"][0].value("reason", "") == "no_space" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_THAT(FilesIn(backups()), IsEmpty());
  EXPECT_EQ(SnapshotsOnServer(), 0);
}

TEST_F(QdrantBackup, ADiskThatIsNearlyFullIsNotFilled) {
  Fill();
  std::filesystem::create_directories(backups());
  Namespaces::Run(CLONE_NEWNS, [&] {
    ASSERT_EQ(mount("small", backups().c_str(), "tmpfs", 0, "size=2m"), 0);
    const auto run = RunQdrantBackup(Scene(), false);
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(run->report.facts["collections"][0]["reason"], "no_space");
    EXPECT_EQ(run->report.facts["collections"][0]["outcome"], "refused");
    EXPECT_THAT(FilesIn(backups()), IsEmpty());
  });
  EXPECT_EQ(SnapshotsOnServer(), 0);
}

class QdrantBackupOfOld : public QdrantBackup {
 protected:
  QdrantBackupOfOld() : QdrantBackup({.version = "1.7.4"}) {}
};

TEST_F(QdrantBackupOfOld, WithoutAChecksumAWrongByteIsSeenInTheArchive) {
  Fill();
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore&) {
    if (request.method != "GET" || request.path.find("/snapshots/") == std::string::npos) return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(server.snapshots())) {
      if (entry.path().extension() != ".snapshot") continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(0);
      file << "not a tar header";
    }
  });
  EXPECT_EQ(ReasonOfFailure(), "snapshot_damaged");
  EXPECT_THAT(FilesIn(backups()), IsEmpty());
}

TEST_F(QdrantBackup, AServerThatIsBusyForAMomentIsAskedAgain) {
  Fill();
  server.Inject("POST " + std::string(kPath) + "/points/count", QdrantFault::kTooMany, 2);
  server.Inject("POST " + std::string(kPath) + "/snapshots", QdrantFault::kUnavailable, 1);
  server.Inject("GET " + std::string(kPath), QdrantFault::kFailed, 1);
  EXPECT_EQ(Backup().failed, 0);
  EXPECT_THAT(pauses, SizeIs(4));
}

TEST_F(QdrantBackup, ASnapshotWhoseAnswerIsLostIsTakenAndNotMadeTwice) {
  Fill();
  Limit(std::chrono::seconds(3));
  server.Inject("POST " + std::string(kPath) + "/snapshots", QdrantFault::kAnswerLost, 1);
  EXPECT_EQ(Backup().failed, 0);
  EXPECT_EQ(server.Count("POST", std::string(kPath) + "/snapshots"), 1);
  EXPECT_EQ(SnapshotsOnServer(), 0);
}

TEST_F(QdrantBackup, AServerWhoseDiskIsFullFails) {
  Fill();
  server.Inject("POST " + std::string(kPath) + "/snapshots", QdrantFault::kDiskFull);
  EXPECT_EQ(ReasonOfFailure(), "server_error");
}

TEST_F(QdrantBackup, PointsThatComeMeanwhileAreNotCountedOn) {
  Fill();
  server.BeforeEach([&](const QdrantDouble::Request& request, QdrantStore& store) {
    if (request.method != "GET" || request.path.find("/snapshots/") == std::string::npos) return;
    store.DeletePoints(kCollection, {{"points", {"5f0f6d0c-2a3b-4e7f-9a1b-000000000000"}}});
  });
  EXPECT_EQ(Backup().report.facts["collections"][0]["points"], 149);
}

TEST_F(QdrantBackup, TwoInOneSecondHaveTwoNames) {
  Fill();
  EXPECT_EQ(Backup().failed, 0);
  EXPECT_EQ(Backup().failed, 0);
  EXPECT_THAT(FilesIn(backups()), SizeIs(4));
}

TEST_F(QdrantBackup, OldOnesGoOnlyAfterARunThatWentWell) {
  Fill();
  for (int day = 0; day < 4; ++day) {
    EXPECT_EQ(Backup().failed, 0);
    clock.Advance(std::chrono::hours(24));
  }
  // Their names tell when they were made, never later than the file system does.
  for (const auto& entry : std::filesystem::directory_iterator(backups())) {
    std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now() + std::chrono::hours(9'000));
  }
  clock.Advance(std::chrono::hours(24 * 20));
  server.Inject("GET " + std::string(kPath) + "/snapshots/", QdrantFault::kCorrupt, 1);
  EXPECT_EQ(Backup().failed, 1);
  EXPECT_THAT(FilesIn(backups()), SizeIs(8));
  const QdrantBackupRun run = Backup();
  EXPECT_EQ(run.failed, 0);
  EXPECT_THAT(run.report.facts["collections"][0]["removed"], SizeIs(2));
  EXPECT_THAT(FilesIn(backups()), SizeIs(6)) << "the new one and two old ones, with their manifests";
}

TEST_F(QdrantBackup, WhatAnEndedRunLeftIsRemovedLater) {
  Fill();
  std::filesystem::create_directories(backups());
  const std::string left = backups() + "/AgentMemories_2025-01-01_00-00-00.snapshot.part";
  std::ofstream(left) << "half";
  std::filesystem::last_write_time(left, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 999));
  EXPECT_EQ(Backup().failed, 0);
  EXPECT_FALSE(std::filesystem::exists(left));
}

class QdrantBackupWithKey : public QdrantBackup {
 protected:
  QdrantBackupWithKey() : QdrantBackup({.api_key = "s3cret", .read_only_key = "r3ad"}) {}
};

TEST_F(QdrantBackupWithKey, TheKeyIsSentAndNeverTold) {
  Fill();
  Limit(std::chrono::seconds(20), "s3cret");
  const QdrantBackupRun run = Backup();
  EXPECT_EQ(run.failed, 0);
  std::string told = run.report.facts.dump();
  for (const std::string& step : run.report.steps) told += step;
  for (const std::string& name : FilesIn(backups())) told += Read(backups() + "/" + name);
  EXPECT_EQ(told.find("s3cret"), std::string::npos);

  Limit(std::chrono::seconds(20), "r3ad");
  EXPECT_EQ(ReasonOfFailure(), "key_refused");
  Limit(std::chrono::seconds(20), "");
  EXPECT_THAT(RunQdrantBackup(Scene(), false).status(), HasReason("key_refused"));
}

TEST_F(QdrantBackup, VerifyingDeeplyRestoresCountsAndRemoves) {
  Fill();
  const std::string file = Backup().report.facts["collections"][0]["file"].get<std::string>();
  const QdrantScene scene = Scene();
  const auto verified = VerifySnapshotFile(&scene, file, true);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->stored.state, BackupState::kGood) << verified->stored.problem;
  EXPECT_EQ(verified->restored_points, 150);
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
  EXPECT_EQ(SnapshotsOnServer(), 0) << "what was uploaded does not stay";
}

TEST_F(QdrantBackup, VerifyingDeeplySeesASnapshotThatHasFewerPointsThanItsManifest) {
  Fill();
  const std::string file = Backup().report.facts["collections"][0]["file"].get<std::string>();
  const std::string manifest = file.substr(0, file.rfind('.')) + ".json";
  Json json = Json::parse(Read(manifest));
  json["exact_count"] = 151;
  std::ofstream(manifest) << json.dump();
  const QdrantScene scene = Scene();
  EXPECT_EQ(VerifySnapshotFile(&scene, file, false)->stored.state, BackupState::kGood);
  const auto verified = VerifySnapshotFile(&scene, file, true);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->stored.state, BackupState::kCorrupt);
  EXPECT_THAT(verified->stored.problem, HasSubstr("150 points"));
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
}

TEST_F(QdrantBackup, WhatADeepVerificationLeftIsRemovedByTheNext) {
  Fill();
  const std::string file = Backup().report.facts["collections"][0]["file"].get<std::string>();
  Limit(std::chrono::seconds(3));
  server.Inject("POST /collections/AgentMemories__dr_", QdrantFault::kAnswerLost, 1);
  const QdrantScene scene = Scene();
  EXPECT_THAT(VerifySnapshotFile(&scene, file, true).status(), HasReason("timeout"));
  EXPECT_THAT(Collections(), SizeIs(2)) << "the server went on";
  clock.Advance(std::chrono::seconds(4));
  Limit(std::chrono::seconds(20));
  const QdrantScene again = Scene();
  const auto verified = VerifySnapshotFile(&again, file, true);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_THAT(Collections(), ElementsAre(kCollection));
}

TEST_F(QdrantBackup, VerifyingSeesAFileThatChanged) {
  Fill();
  const std::string file = Backup().report.facts["collections"][0]["file"].get<std::string>();
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(3000) << "x";
  const auto verified = VerifySnapshotFile(nullptr, file, false);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->stored.state, BackupState::kChecksumMismatch);
}

}  // namespace
}  // namespace fleet::agent
