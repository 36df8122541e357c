#include "agent/backup/sessions/take_backup.h"

#include <sys/stat.h>

#include <thread>

#include "agent/backup/expire.h"
#include "agent/store/root_lock.h"
#include "tests/agent/backup/sessions/backup_fixture.h"
#include "tests/fault/dgmo_writer.h"
#include "tests/support/namespaces.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

class TakeBackupTest : public BackupFixture {
 protected:
  TakeBackupTest() : store_(StoreWriter::Program(home_)) {
    session_ = store_.AddConversation("Refactor invoice rounding");
    child_ = store_.AddAgent(session_, "Audit rounding calls");
  }
  std::string Member(const std::string& path) const { return "dgmo/project/home-mira-src-payments-api/" + path; }

  StoreWriter store_;
  std::string session_;
  std::string child_;
};

TEST_F(TakeBackupTest, WritesAnArchiveThatEveryLevelFindsGood) {
  const std::string before = TreeText(store_.path());
  const BackupRun run = Take();
  EXPECT_EQ(TreeText(store_.path()), before) << "nothing in the store changes";
  for (const VerifyLevel level :
       {VerifyLevel::kQuick, VerifyLevel::kStandard, VerifyLevel::kFull, VerifyLevel::kDeep}) {
    const BackupVerdict verdict = Verify(run.archive, level);
    EXPECT_EQ(verdict.state, BackupState::kGood) << ErrorOf(verdict);
    EXPECT_EQ(verdict.files, 9);
    EXPECT_EQ(verdict.session_ids, (std::set<std::string>{session_, child_}));
  }
  EXPECT_TRUE(run.manifest.needs.empty());
  EXPECT_EQ(run.manifest.findings, (std::map<std::string, std::int64_t>()));
  EXPECT_EQ(run.manifest.counts.at("MESSAGE"), 4);
}

TEST_F(TakeBackupTest, IsForItsOwnerAlone) {
  const BackupRun run = Take();
  struct stat found {};
  for (const std::string& path : {run.archive, ManifestOf(run.archive)}) {
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777U, 0600U) << path;
  }
  for (const char* folder : {"backups", "backups/sessions"}) {
    ASSERT_EQ(stat((home_ + "/" + folder).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777U, 0700U) << folder;
  }
}

TEST_F(TakeBackupTest, TakesEveryRootAndTheConfigurationAndLeavesSecretsOut) {
  StoreWriter old = StoreWriter::Program(home_, "older", "opencode");
  old.AddConversation("In the old place");
  StoreWriter guide = StoreWriter::Guide(home_, "wörk space");
  guide.AddConversation("The guide's");
  store_.Write("storage/session/share/" + session_ + ".json", R"({"secret":"s","url":"u"})");
  store_.Write("storage/checkpoint/chk_1.json", R"({"id":"chk_1"})");
  store_.Write(store_.InfoPath(session_) + "1751966100000.tmp", "{");
  const std::string data = home_ + "/.local/share/";
  std::ofstream(data + "dgmo/auth.json") << "{\"key\":\"secret\"}";
  fs::create_directories(data + "dgmo/bin");
  std::ofstream(data + "dgmo/bin/rg") << "binary";
  fs::create_directories(data + "opencode/storage/part");
  std::ofstream(data + "opencode/storage/part/x.json") << "{}";
  fs::create_directories(home_ + "/.config/dgmo");
  std::ofstream(home_ + "/.config/dgmo/config.json") << "{}";
  fs::create_symlink("/etc/hostname", store_.path() + "/storage/link.json");

  const BackupRun run = Take();
  const auto& files = run.manifest.files;
  EXPECT_THAT(files, Contains(Key("config/dgmo/config.json")));
  EXPECT_THAT(files, Contains(Key("opencode/project/older/app.json")));
  EXPECT_THAT(files, Contains(Key("opencode/User/workspaceStorage/wörk space/dgmo/.opencode/config.json")));
  EXPECT_THAT(files, Contains(Key(Member("storage/checkpoint/chk_1.json"))));
  for (const auto& [path, file] : files) {
    EXPECT_THAT(path, AllOf(Not(HasSubstr("auth.json")), Not(HasSubstr("share/ses")), Not(HasSubstr(".tmp")),
                            Not(HasSubstr("link.json")), Not(HasSubstr("bin/")), Not(HasSubstr("opencode/storage"))));
  }
  EXPECT_EQ(run.shares, 1);
  EXPECT_EQ(Verify(run.archive).state, BackupState::kGood) << "names that are not ASCII too";
}

TEST_F(TakeBackupTest, ALaterOneHoldsOnlyWhatIsNewAndNamesTheRest) {
  const BackupRun first = Take();
  store_.AddConversation("A second session");
  const BackupRun second = Take();
  EXPECT_EQ(second.new_files, 3);
  EXPECT_EQ(second.manifest.files.size(), 12U);
  EXPECT_THAT(second.manifest.needs, ElementsAre(Key(fs::path(first.archive).filename().string())));
  EXPECT_EQ(Verify(second.archive, VerifyLevel::kDeep).state, BackupState::kGood) << ErrorOf(Verify(second.archive));
  EXPECT_EQ(Verify(second.archive).files, 12);
  const BackupRun third = Take();
  EXPECT_TRUE(third.unchanged);
  EXPECT_TRUE(third.archive.empty());
  const BackupRun full = Take(true);
  EXPECT_TRUE(full.manifest.needs.empty());
  EXPECT_EQ(full.new_files, 12);
}

TEST_F(TakeBackupTest, AMissingOrChangedPredecessorIsFoundAndNotBuiltOn) {
  const BackupRun first = Take();
  store_.AddConversation("A second session");
  const BackupRun second = Take();
  const std::string bytes = BytesOf(first.archive);
  fs::remove(first.archive);
  for (const VerifyLevel level : {VerifyLevel::kQuick, VerifyLevel::kStandard, VerifyLevel::kFull}) {
    EXPECT_EQ(Verify(second.archive, level).state, BackupState::kCorrupt);
    EXPECT_THAT(ErrorOf(Verify(second.archive, level)), HasSubstr("is missing"));
  }
  std::string changed = bytes;
  changed[changed.size() / 2] ^= 1;
  std::ofstream(first.archive, std::ios::binary) << changed;
  EXPECT_NE(Verify(second.archive, VerifyLevel::kQuick).state, BackupState::kGood);
  const BackupRun third = Take();
  EXPECT_FALSE(third.unchanged) << "nothing has changed in the store, but its backup is not good any more";
  EXPECT_EQ(third.manifest.needs.count(fs::path(first.archive).filename().string()), 0U);
  EXPECT_EQ(Verify(third.archive).state, BackupState::kGood) << ErrorOf(Verify(third.archive));
}

TEST_F(TakeBackupTest, EveryChangedByteIsFound) {
  const BackupRun first = Take();
  store_.AddQuestion(session_, "One more");
  const BackupRun second = Take();
  for (const std::string& path : {second.archive, ManifestOf(second.archive), first.archive}) {
    const std::string bytes = BytesOf(path);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 0x20);
      std::ofstream(path, std::ios::binary) << changed;
      ASSERT_NE(Verify(second.archive, VerifyLevel::kQuick).state, BackupState::kGood)
          << fs::path(path).filename() << " at " << at << " of " << bytes.size();
    }
    std::ofstream(path, std::ios::binary) << bytes;
  }
  EXPECT_EQ(Verify(second.archive).state, BackupState::kGood) << "as it was";
}

TEST_F(TakeBackupTest, DamageIsKeptAndCalledDamage) {
  const std::string bad = store_.MessagePath(session_, store_.NextId("msg"));
  store_.Write(bad, R"({"id":"msg_cut)");
  store_.Write("storage/checkpoint/chk_1.json", "{\"id\":");
  const BackupRun run = Take();
  EXPECT_TRUE(run.manifest.files.at(Member(bad)).damaged);
  EXPECT_TRUE(run.manifest.files.at(Member("storage/checkpoint/chk_1.json")).damaged);
  EXPECT_EQ(Verify(run.archive).state, BackupState::kGood) << "a backup of damage is a good backup";
  EXPECT_FALSE(run.manifest.findings->empty());
}

TEST_F(TakeBackupTest, WhatCannotBeReadIsNamedAndNothingIsDeletedThen) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const std::string path = store_.path() + "/" + store_.InfoPath(session_);
  fs::permissions(path, fs::perms::none);
  const BackupRun run = Take();
  fs::permissions(path, fs::perms::owner_all);
  EXPECT_THAT(run.manifest.unreadable, ElementsAre(Member(store_.InfoPath(session_))));
  EXPECT_THAT(run.not_deleted, Contains(HasSubstr("not everything could be read")));
}

TEST_F(TakeBackupTest, RefusesWhenARepairWorksOrThereIsNoRoom) {
  {
    const auto lock = RootLock::Take(store_.path(), dir_ / "state");
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(absl::IsUnavailable(TryTake(Usual()).status()));
  }
  BackupOptions options = Usual();
  options.reserve_bytes = std::int64_t{1} << 60;
  EXPECT_TRUE(absl::IsResourceExhausted(TryTake(options).status()));
  EXPECT_THAT(ArchiveFolder::OfHome(HomeOf(home_))->Names().value(), IsEmpty());
}

TEST_F(TakeBackupTest, ALinkInTheWayIsNotFollowed) {
  fs::create_directories(dir_ / "elsewhere");
  fs::create_symlink(dir_ / "elsewhere", home_ + "/backups");
  EXPECT_TRUE(absl::IsFailedPrecondition(TryTake(Usual()).status())) << TryTake(Usual()).status();
  EXPECT_THAT(Hashes(dir_ / "elsewhere"), IsEmpty());
  const auto named = ArchiveFolder::Named(dir_ / "elsewhere/new/");
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->path(), dir_ / "elsewhere/new");
}

TEST_F(TakeBackupTest, PlansWithoutWriting) {
  BackupOptions options = Usual();
  options.plan = true;
  fs::create_directories(home_ + "/backups/sessions");
  const std::string before = TreeText(home_);
  const auto run = TryTake(options);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->new_files, 9);
  EXPECT_EQ(TreeText(home_), before);
}

TEST_F(TakeBackupTest, AShrunkenStoreDeletesNothing) {
  Take();
  for (int i = 0; i < 40; ++i) store_.AddConversation("More");
  Take(true);
  clock_.Advance(std::chrono::hours(24 * 60));
  store_.Remove("storage/session/message");
  const BackupRun run = Take(true);
  EXPECT_TRUE(run.shrunken);
  EXPECT_THAT(run.deleted, IsEmpty());
}

TEST_F(TakeBackupTest, OldArchivesGoAndWhatIsNeededStays) {
  const BackupRun full = Take();
  clock_.Advance(std::chrono::hours(24 * 6));
  store_.AddQuestion(session_, "a");
  const BackupRun incremental = Take();
  ASSERT_FALSE(incremental.manifest.needs.empty());
  std::vector<std::string> deleted;
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(std::chrono::hours(24 * 8));
    store_.AddQuestion(session_, "b");
    const BackupRun run = Take();
    deleted.insert(deleted.end(), run.deleted.begin(), run.deleted.end());
  }
  EXPECT_THAT(deleted, IsEmpty()) << "the first is 30 days old, and a kept one needs it";
  clock_.Advance(std::chrono::hours(24 * 8));
  store_.AddQuestion(session_, "c");
  const BackupRun last = Take();
  EXPECT_THAT(last.deleted, ElementsAre(fs::path(incremental.archive).filename().string(),
                                        fs::path(full.archive).filename().string()));
  EXPECT_FALSE(fs::exists(ManifestOf(full.archive)));
  EXPECT_EQ(Verify(last.archive).state, BackupState::kGood);
}

TEST_F(TakeBackupTest, AnInterruptedRunIsFinishedOrTidied) {
  const BackupRun run = Take();
  const std::string manifest = ManifestOf(run.archive);
  fs::rename(manifest, manifest + ".new");  // killed before the last rename
  std::ofstream(home_ + "/backups/sessions/sessions_2026-01-01_00-00-00.tar.gz.new") << "half";
  std::ofstream(home_ + "/backups/sessions/sessions_2026-01-01_00-00-00.manifest.json") << "its archive is gone";
  std::ofstream(home_ + "/backups/sessions/notes.new") << "somebody's";
  EXPECT_TRUE(Take().unchanged);
  EXPECT_EQ(Verify(run.archive).state, BackupState::kGood);
  EXPECT_THAT(
      ArchiveFolder::OfHome(HomeOf(home_))->Names().value(),
      ElementsAre("notes.new", fs::path(manifest).filename().string(), fs::path(run.archive).filename().string()));
}

// What happens while the backup waits: a damaged message that was just written makes it read again after a pause.
class MeanwhileTest : public TakeBackupTest {
 protected:
  std::string AddSlowMessage(const std::string& session) {
    const std::string path = store_.MessagePath(session, "msg_zzz" + std::to_string(++slow_));
    store_.Write(path, "{");
    std::filesystem::last_write_time(store_.path() + "/" + path, std::filesystem::file_time_type::clock::now());
    return path;
  }
  // The first pause, then the second and so on.
  BackupRun TakeWhile(std::vector<std::function<void()>> meanwhile) {
    auto next = meanwhile.begin();
    const auto pause = [&](std::chrono::milliseconds) {
      if (next != meanwhile.end()) (*next++)();
    };
    auto folder = ArchiveFolder::OfHome(HomeOf(home_));
    absl::StatusOr<BackupRun> run = TakeBackup(Sources(home_), *folder, Usual(), HomeOf(home_), now_ms(), pause);
    EXPECT_TRUE(run.ok()) << run.status();
    EXPECT_TRUE(next == meanwhile.end()) << "not everything happened";
    return run.ok() ? *std::move(run) : BackupRun();
  }

  int slow_ = 0;
};

TEST_F(MeanwhileTest, WhatAnIndexNamesIsSavedHoweverLateItCame) {
  std::string late;
  std::string slow = AddSlowMessage(session_);
  const std::string parent = store_.AddConversation("Delegates");
  const BackupRun run = TakeWhile({[&] {
                                     store_.Remove(slow);
                                     store_.AddAgent(parent, "Early");  // makes the index
                                     slow = AddSlowMessage(session_);
                                   },
                                   [&] {
                                     late = store_.AddAgent(parent, "Late");
                                     store_.Remove(slow);
                                   }});
  EXPECT_THAT(run.manifest.files, Contains(Key(Member(store_.RecordPath(late)))));
  EXPECT_FALSE(run.manifest.findings->contains("INDEX_DANGLING_ENTRY"));
}

TEST_F(MeanwhileTest, OfASessionThatIsBeingDeletedNothingIsLeft) {
  const std::string deleted = store_.AddConversation("Deleted meanwhile");
  const std::string slow = AddSlowMessage(deleted);
  const BackupRun run = TakeWhile({[&] { store_.Remove(store_.InfoPath(deleted)); }});
  for (const auto& [path, file] : run.manifest.files) {
    EXPECT_TRUE(file.gone || path.find(deleted) == std::string::npos) << path;
  }
  EXPECT_FALSE(run.manifest.findings->contains("SESSION_FILE_MISSING"));
}

TEST_F(TakeBackupTest, ABusyWriterLeavesAConsistentBackup) {
  std::atomic<bool> stop = false;
  DgmoWriter writer(
      store_.path(),
      {.fragments = 10, .between_fragments = std::chrono::milliseconds(1), .agents = 3, .sessions_kept = 3});
  std::thread dgmo([&] {
    while (!stop) writer.Turn();
  });
  std::vector<std::string> archives;
  for (int i = 0; i < 12; ++i) {
    BackupOptions options = Usual();
    options.full = i % 3 == 0;
    clock_.Advance(std::chrono::seconds(10));
    auto folder = ArchiveFolder::OfHome(HomeOf(home_));
    const auto run = TakeBackup(Sources(home_), *folder, options, HomeOf(home_), now_ms(),
                                [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); });
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_THAT(run->manifest.unreadable, IsEmpty());
    if (!run->archive.empty()) archives.push_back(run->archive);
  }
  stop = true;
  dgmo.join();
  for (const std::string& archive : archives) {
    EXPECT_EQ(Verify(archive).state, BackupState::kGood) << ErrorOf(Verify(archive));
    const auto folder = Directory::OpenRoot(fs::path(archive).parent_path());
    const auto manifest = ReadSessionManifest(*folder, fs::path(archive).filename());
    ASSERT_TRUE(manifest.ok());
    for (const auto& [path, file] : manifest->files) EXPECT_FALSE(file.damaged) << path;
    for (const auto& [code, count] : *manifest->findings) {
      EXPECT_THAT(code, AllOf(Not(HasSubstr("INDEX_DANGLING")), Not(HasSubstr("ORPHAN")), Not(HasSubstr("JSON"))));
    }
    // Restored into an empty home it is as consistent as the manifest says.
    const std::string other = dir_ / ("other-" + std::to_string(&archive - archives.data()));
    fs::create_directories(other);
    RestoreRequest request = Request();
    request.target.home = HomeOf(other);
    request.from = archive;
    MustRestore(request);
    for (const std::string& code : FindingsIn(other)) {
      EXPECT_THAT(code, AllOf(Not(HasSubstr("INDEX")), Not(HasSubstr("ORPHAN")), Not(HasSubstr("JSON"))));
    }
  }
}

TEST_F(TakeBackupTest, AFullDiskLeavesNothingThatLooksLikeABackup) {
  fs::create_directories(home_ + "/backups");
  for (int i = 0; i < 300; ++i) store_.AddConversation("Session " + std::to_string(i));
  // Bytes that cannot be packed.
  std::string noise(3 << 20, '\0');
  std::uint32_t seed = 1;
  for (char& c : noise) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  store_.Write("storage/notes.bin", noise);
  Namespaces::Run(CLONE_NEWNS, [&] {
    fs::create_directories(home_ + "/backups/sessions");
    ASSERT_EQ(mount("tmpfs", (home_ + "/backups/sessions").c_str(), "tmpfs", 0, "size=1m"), 0);
    BackupOptions options = Usual();
    options.reserve_bytes = -(std::int64_t{1} << 30);  // nobody foresaw it
    const auto run = TryTake(options);
    EXPECT_TRUE(absl::IsResourceExhausted(run.status())) << run.status();
    EXPECT_THAT(ArchiveFolder::OfHome(HomeOf(home_))->Names().value(), IsEmpty());
  });
}

}  // namespace
}  // namespace fleet::agent
