#include <gtest/gtest.h>

#include "agent/checks/collection_backup.h"
#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr char kRoot[] = "/d/dgmo/project/p";

Backup Sessions(std::int64_t age_ms, BackupState state = BackupState::kGood, std::int64_t files = 100) {
  Backup backup;
  backup.path = "/home/mira/backups/sessions/sessions_" + std::to_string(age_ms) + ".tar.gz";
  backup.state = state;
  backup.made_ms = kNowMs - age_ms;
  backup.files = files;
  backup.has_manifest = true;
  if (backup.good()) backup.roots = {kRoot};
  return backup;
}
Backup Snapshot(std::int64_t age_ms, std::optional<std::int64_t> points) {
  Backup backup;
  backup.kind = BackupKind::kQdrant;
  backup.path = "/home/mira/backups/qdrant/AgentMemories_" + std::to_string(age_ms) + ".snapshot";
  backup.state = BackupState::kGood;
  backup.made_ms = kNowMs - age_ms;
  backup.collection = "AgentMemories";
  backup.points = points;
  return backup;
}

// A home with one root, its backups given the newest first, and changes unsaved for so long.
HomeModel HomeWith(std::vector<Backup> backups, std::optional<std::int64_t> unsaved_ms = {}) {
  HomeModel home = HomeOf({StoreBuilder().Family()});
  BackupFacts facts;
  facts.backups = std::move(backups);
  RootBackup root{.root = kRoot, .newest = {}, .unsaved_since_ms = {}, .session_ids = {}};
  for (std::size_t i = 0; i < facts.backups.size() && !root.newest; ++i) {
    if (facts.backups[i].roots.count(kRoot) > 0) root.newest = i;
  }
  if (unsaved_ms) root.unsaved_since_ms = kNowMs - *unsaved_ms;
  facts.roots = {root};
  home.backups = std::move(facts);
  return home;
}
std::vector<std::string> CodesOf(const HomeModel& home, const CheckSettings& settings = {}) {
  std::vector<std::string> codes;
  for (const Finding& finding : CheckHome(home, kNowMs, settings)) {
    codes.push_back(finding.code + " " + std::string(SeverityText(finding.severity)));
  }
  return codes;
}
using Codes = std::vector<std::string>;

// The family's store, of which the newest backup knows these sessions, too.
std::set<std::string> MissingOf(StoreBuilder store, std::set<std::string> also) {
  HomeModel home = HomeWith({Sessions(kMinute)});
  home.roots.front() = store.model;
  for (const auto& [id, info] : store.model.sessions) also.insert(id);
  home.backups->roots.front().session_ids = std::move(also);
  std::set<std::string> missing;
  for (const Finding& finding : CheckHome(home, kNowMs)) {
    if (finding.code == "SESSION_FILE_MISSING") missing.insert(finding.subject_id);
  }
  return missing;
}

TEST(LostSession, OneThatWentWithoutItsSubsessionsWasNotDeletedByDgmo) {
  EXPECT_EQ(MissingOf(StoreBuilder().Session(Ses(2), Ses(1)), {Ses(1)}), std::set<std::string>{Ses(1)});
}

TEST(LostSession, OneThatIsGoneAltogetherMayHaveBeenDeleted) {
  EXPECT_EQ(MissingOf(StoreBuilder().Session(Ses(2)).Session(Ses(3)), {Ses(1)}), std::set<std::string>{});
}

TEST(LostSession, MostOfAStoreIsNotDeletedAtOnce) {
  EXPECT_EQ(MissingOf(StoreBuilder().Session(Ses(9)), {Ses(1), Ses(2), Ses(3), Ses(4)}),
            (std::set<std::string>{Ses(1), Ses(2), Ses(3), Ses(4)}));
  EXPECT_EQ(MissingOf(StoreBuilder(), {Ses(1), Ses(2), Ses(3), Ses(4)}).size(), 4U) << "all of it";
}

TEST(LostSession, OneThatCouldNotBeLookedAtIsNotLost) {
  StoreBuilder store;
  store.Session(Ses(2), Ses(1)).model.unreadable["storage/session/info"] = {EACCES, true};
  EXPECT_EQ(MissingOf(store, {Ses(1)}), std::set<std::string>{});
}

TEST(BackupNone, ARootWithSessionsWantsABackup) {
  const std::vector<Finding> findings = CheckHome(HomeWith({}), kNowMs);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].code, "BACKUP_NONE");
  EXPECT_EQ(findings[0].severity, Severity::kP2);
  EXPECT_EQ(findings[0].root, "/home/mira");
  EXPECT_EQ(findings[0].path, kRoot);
  EXPECT_EQ(findings[0].component, "backups");
}

TEST(BackupNone, IsNotSaidOfWhatWasNotLookedAt) {
  HomeModel home = HomeWith({});
  home.backups->complete = false;
  EXPECT_EQ(CodesOf(home), Codes{});
  home.backups.reset();
  EXPECT_EQ(CodesOf(home), Codes{});
  EXPECT_EQ(CodesOf(HomeWith({Sessions(kMinute, BackupState::kUnverified)})), Codes{}) << "it may be good";
}

TEST(BackupStale, WhatDidNotChangeNeedsNoNewerBackup) {
  EXPECT_EQ(CodesOf(HomeWith({Sessions(100'000 * kMinute)})), Codes{});
}

TEST(BackupStale, GoesByHowLongWorkIsUnsaved) {
  const auto unsaved = [](std::int64_t ms) { return CodesOf(HomeWith({Sessions(10'000 * kMinute)}, ms)); };
  EXPECT_EQ(unsaved(15 * kMinute), Codes{}) << "a change this morning after an idle night";
  EXPECT_EQ(unsaved(15 * kMinute + 1), Codes{"BACKUP_STALE P3"});
  EXPECT_EQ(unsaved(150 * kMinute), Codes{"BACKUP_STALE P3"});
  EXPECT_EQ(unsaved(150 * kMinute + 1), Codes{"BACKUP_STALE P2"});
}

TEST(BackupStale, TheObjectiveIsASetting) {
  CheckSettings settings;
  settings.sessions_rpo_ms = 24 * 60 * kMinute;
  EXPECT_EQ(CodesOf(HomeWith({Sessions(300 * kMinute)}, 200 * kMinute), settings), Codes{});
}

TEST(BackupStale, ANewerBackupNotVerifiedYetMayHoldIt) {
  EXPECT_EQ(
      CodesOf(HomeWith({Sessions(5 * kMinute, BackupState::kUnverified), Sessions(900 * kMinute)}, 200 * kMinute)),
      Codes{});
  EXPECT_EQ(
      CodesOf(HomeWith({Sessions(300 * kMinute, BackupState::kUnverified), Sessions(900 * kMinute)}, 200 * kMinute)),
      Codes{"BACKUP_STALE P2"})
      << "it was made before the change";
}

TEST(BackupCorrupt, TheOnlyOneIsWorse) {
  EXPECT_EQ(CodesOf(HomeWith({Sessions(kMinute, BackupState::kCorrupt)})),
            (Codes{"BACKUP_CORRUPT P1", "BACKUP_NONE P2"}));
  EXPECT_EQ(CodesOf(HomeWith({Sessions(kMinute, BackupState::kCorrupt), Sessions(2 * kMinute)})),
            Codes{"BACKUP_CORRUPT P2"});
  EXPECT_EQ(CodesOf(HomeWith({Sessions(kMinute, BackupState::kChecksumMismatch), Sessions(2 * kMinute)})),
            Codes{"BACKUP_CHECKSUM_MISMATCH P2"});
}

TEST(BackupCorrupt, SaysWhatIsWrongAndWhere) {
  Backup bad = Sessions(kMinute, BackupState::kCorrupt);
  bad.problem = "it is cut";
  const Finding finding = CheckHome(HomeWith({bad, Sessions(2 * kMinute)}), kNowMs).front();
  EXPECT_EQ(finding.path, bad.path);
  EXPECT_EQ(std::get<std::string>(finding.evidence.at("problem")), "it is cut");
  EXPECT_EQ(finding.repair, "R-BACKUP");
}

TEST(BackupShrink, LessThanHalfOfThePreviousOne) {
  const auto files = [](std::int64_t now, std::int64_t before) {
    return CodesOf(
        HomeWith({Sessions(kMinute, BackupState::kGood, now), Sessions(2 * kMinute, BackupState::kCorrupt, 0),
                  Sessions(3 * kMinute, BackupState::kGood, before)}));
  };
  EXPECT_EQ(files(49, 100), (Codes{"BACKUP_CORRUPT P2", "BACKUP_SHRINK P2"}));
  EXPECT_EQ(files(50, 100), Codes{"BACKUP_CORRUPT P2"});
  EXPECT_EQ(files(300, 100), Codes{"BACKUP_CORRUPT P2"});
}

TEST(BackupShrink, ASnapshotShrinksByItsPoints) {
  EXPECT_EQ(CodesOf(HomeWith({Sessions(1), Snapshot(1, 10), Snapshot(2, 226)})), Codes{"BACKUP_SHRINK P2"});
  EXPECT_EQ(CodesOf(HomeWith({Sessions(1), Snapshot(1, {}), Snapshot(2, 226)})), Codes{});
}

Codes CollectionCodes(std::vector<Backup> backups, std::int64_t points) {
  const HomeModel home = HomeWith(std::move(backups));
  const HomeView view(home, kNowMs);
  std::vector<Finding> findings;
  CheckCollectionBackup(view, "http://localhost:6333/collections/AgentMemories", "AgentMemories", points, findings);
  Codes codes;
  for (const Finding& finding : findings) {
    codes.push_back(finding.code + " " + std::string(SeverityText(finding.severity)));
  }
  return codes;
}

TEST(CollectionBackup, MemoriesWantASnapshotOfTheirOwn) {
  EXPECT_EQ(CollectionCodes({Sessions(1)}, 226), Codes{"BACKUP_NONE P2"});
  EXPECT_EQ(CollectionCodes({Sessions(1)}, 0), Codes{}) << "there are none";
  EXPECT_EQ(CollectionCodes({Snapshot(1000 * kMinute, 226)}, 226), Codes{}) << "none was added since";
  EXPECT_EQ(CollectionCodes({Snapshot(5 * kMinute, 226)}, 227), Codes{});
  EXPECT_EQ(CollectionCodes({Snapshot(5 * kMinute + 1, 226)}, 227), Codes{"BACKUP_STALE P3"});
  EXPECT_EQ(CollectionCodes({Snapshot(51 * kMinute, {})}, 227), Codes{"BACKUP_STALE P2"});
}

}  // namespace
}  // namespace fleet::agent
