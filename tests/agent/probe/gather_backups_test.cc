#include "agent/probe/gather_backups.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "agent/probe/inspect.h"
#include "agent/store/find_roots.h"
#include "tests/support/backup_writer.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

constexpr std::int64_t kHour = 3'600'000;

class GatherBackupsTest : public ::testing::Test {
 protected:
  GatherBackupsTest() : store_(StoreWriter::Program(home_.path())) {
    session_ = store_.AddConversation("Refactor invoice rounding");
  }
  BackupFacts Gather() {
    const auto home = HomeAt(home_.path(), false);
    auto model = Inspect({.home = *home, .explicit_roots = {}}, [](std::chrono::milliseconds) {});
    model_ = *std::move(model);
    return GatherBackups(settings_, cache_, model_);
  }

  TempDir home_;
  StoreWriter store_;
  std::string session_;
  CheckSettings settings_;
  VerdictCache cache_;
  HomeModel model_;
};

TEST_F(GatherBackupsTest, NothingIsNothing) {
  const BackupFacts facts = Gather();
  EXPECT_TRUE(facts.backups.empty());
  EXPECT_TRUE(facts.complete);
  ASSERT_EQ(facts.roots.size(), 1U);
  EXPECT_FALSE(facts.roots[0].newest);
}

TEST_F(GatherBackupsTest, ABackupIsNoBetterThanWhatItNeeds) {
  const std::string full = WriteSessionBackup(home_.path(), store_.now_ms() + kHour);
  const std::string later = WriteSessionBackup(home_.path(), store_.now_ms() + 2 * kHour);
  const std::string name = std::filesystem::path(full).filename();
  const std::string beside = later.substr(0, later.rfind(".tar.gz")) + ".manifest.json";
  nlohmann::ordered_json manifest = nlohmann::ordered_json::parse(BytesOf(beside));
  manifest.erase("manifest_sha256");
  manifest["needs"] = {{name, Sha256Hex(BytesOf(full))}};
  WriteSealed(beside, manifest);
  EXPECT_TRUE(Gather().backups[0].good()) << Gather().backups[0].problem;
  const std::string bytes = BytesOf(full);
  std::filesystem::remove(full);
  EXPECT_EQ(Gather().backups[0].state, BackupState::kCorrupt) << "although it was found good before";
  EXPECT_FALSE(Gather().roots[0].newest);
  std::ofstream(full, std::ios::binary) << bytes;
  SetFileTime(full, store_.now_ms() + kHour);
  EXPECT_TRUE(Gather().backups[0].good()) << "the same bytes are back";
  std::filesystem::resize_file(full, bytes.size() / 2);
  EXPECT_EQ(Gather().backups[0].state, BackupState::kCorrupt);
}

TEST_F(GatherBackupsTest, AGoodBackupCoversItsRoot) {
  const std::string path = WriteSessionBackup(home_.path(), store_.now_ms() + kHour);
  WriteSnapshot(home_.path(), store_.now_ms() + kHour, 226);
  const BackupFacts facts = Gather();
  ASSERT_EQ(facts.backups.size(), 2U);
  ASSERT_TRUE(facts.roots[0].newest);
  EXPECT_EQ(facts.backups[*facts.roots[0].newest].path, path);
  EXPECT_FALSE(facts.roots[0].unsaved_since_ms) << "nothing changed since";
  EXPECT_EQ(facts.session_ids, std::set<std::string>{session_});
  ASSERT_NE(facts.NewestSnapshot("AgentMemories"), nullptr);
  EXPECT_EQ(facts.NewestSnapshot("AgentMemories")->points, 226);
  EXPECT_EQ(facts.NewestSnapshot("Others"), nullptr);
}

TEST_F(GatherBackupsTest, TheEarliestUnsavedMessageCounts) {
  WriteSessionBackup(home_.path(), store_.now_ms() + 500);
  store_.AddQuestion(session_, "And now?");
  const std::int64_t first = store_.now_ms();
  store_.Advance(kHour);
  store_.AddAnswer(session_, "Still at it.");
  EXPECT_EQ(Gather().roots[0].unsaved_since_ms, first);
}

TEST_F(GatherBackupsTest, FallsBackToTheNewestGoodOne) {
  const std::string good = WriteSessionBackup(home_.path(), store_.now_ms() + kHour);
  const std::string bad = WriteSessionBackup(home_.path(), store_.now_ms() + 2 * kHour);
  std::filesystem::resize_file(bad, 100);
  SetFileTime(bad, store_.now_ms() + 2 * kHour);
  const BackupFacts facts = Gather();
  EXPECT_EQ(facts.backups[0].path, bad);
  EXPECT_EQ(facts.backups[0].state, BackupState::kCorrupt);
  EXPECT_EQ(facts.backups[*facts.roots[0].newest].path, good);
}

TEST_F(GatherBackupsTest, AnOldArchiveCountsWhenItHasMostOfTheSessions) {
  const std::string other = store_.AddConversation("Explain ledger schema");
  const std::string path = home_ / "backups/sessions/sessions-by-hand.tar.gz";
  const auto member = [&](const std::string& id) {
    return TarFile{.path = "session/info/" + id + ".json", .bytes = store_.Read(store_.InfoPath(id))};
  };
  WriteTar(path, {member(session_)}, true);
  SetFileTime(path, store_.now_ms() + kHour);
  EXPECT_FALSE(Gather().roots[0].newest) << "it has one of two";
  WriteTar(path, {member(session_), member(other)}, true);
  SetFileTime(path, store_.now_ms() + kHour);
  EXPECT_TRUE(Gather().roots[0].newest);
}

TEST_F(GatherBackupsTest, BeyondTheBudgetNothingIsKnownYet) {
  for (int i = 1; i <= 3; ++i) WriteSessionBackup(home_.path(), store_.now_ms() + i * kHour);
  settings_.backup_verify_bytes = 0;
  const BackupFacts facts = Gather();
  EXPECT_TRUE(facts.backups[0].good()) << "the newest always";
  EXPECT_EQ(facts.backups[1].state, BackupState::kUnverified);
  settings_.backup_verify_bytes = 1;
  EXPECT_TRUE(Gather().backups[1].good()) << "one more each time";
  EXPECT_TRUE(Gather().backups[2].good());
}

TEST_F(GatherBackupsTest, AVerdictLastsAsLongAsTheFile) {
  const std::int64_t made = store_.now_ms() + kHour;
  const std::string path = WriteSessionBackup(home_.path(), made);
  ASSERT_TRUE(Gather().backups[0].good());
  std::string bytes = BytesOf(path);
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(path, std::ios::binary) << bytes;
  SetFileTime(path, made);
  EXPECT_TRUE(Gather().backups[0].good()) << "same inode, size and time: not read again";
  SetFileTime(path, made + 1);
  EXPECT_TRUE(Gather().backups[0].bad());
}

TEST_F(GatherBackupsTest, WhatIsJustBeingWrittenIsLeftAlone) {
  home_.Write("backups/sessions/sessions-now.tar.gz", "half an arch");
  EXPECT_EQ(Gather().backups[0].state, BackupState::kUnverified);
  EXPECT_EQ(model_.unknown,
            (std::vector<std::string>{home_ / "backups/sessions/sessions-now.tar.gz", home_ / "backups/sessions"}))
      << "nothing is said about a missing backup, and nothing taken back";
}

TEST_F(GatherBackupsTest, ALinkedPlaceIsUnknownUnlessItIsNamed) {
  TempDir other;
  WriteSessionBackup(home_.path(), store_.now_ms() + kHour, other / "kept");
  std::filesystem::create_directories(home_ / "backups");
  std::filesystem::create_symlink(other / "kept", home_ / "backups/sessions");
  BackupFacts facts = Gather();
  EXPECT_TRUE(facts.backups.empty());
  EXPECT_FALSE(facts.complete);
  EXPECT_EQ(model_.unknown, std::vector<std::string>{home_ / "backups/sessions"});
  settings_.backup_folders = {home_ / "backups/sessions"};
  EXPECT_EQ(Gather().backups.size(), 1U);
}

TEST_F(GatherBackupsTest, AFileReachedTwiceCountsOnce) {
  WriteSessionBackup(home_.path(), store_.now_ms() + kHour);
  settings_.backup_folders = {home_ / "backups/sessions"};
  EXPECT_EQ(Gather().backups.size(), 1U);
}

TEST_F(GatherBackupsTest, TheGuidesPlacesAreSearched) {
  StoreWriter guide = StoreWriter::Guide(home_.path());
  const std::string id = guide.AddConversation("In the guide's layout");
  const std::string copy = guide.path() + "/sessions.backup.20250708";
  std::filesystem::copy(guide.path() + "/sessions", copy, std::filesystem::copy_options::recursive);
  SetFileTime(copy, guide.now_ms() + kHour);
  std::filesystem::rename(WriteSnapshot(home_.path(), store_.now_ms(), 3),
                          guide.path() + "/storage/qdrant/AgentMemories-1-2025-07-08-10-00-00.snapshot");
  const BackupFacts facts = Gather();
  ASSERT_EQ(facts.backups.size(), 2U);
  EXPECT_TRUE(facts.backups[0].good() && facts.backups[1].good());
  EXPECT_EQ(facts.session_ids, std::set<std::string>{id});
}

}  // namespace
}  // namespace fleet::agent
