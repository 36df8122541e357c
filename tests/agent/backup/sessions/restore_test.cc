#include "agent/backup/sessions/restore.h"

#include <gtest/gtest.h>

#include "agent/store/root_lock.h"
#include "tests/agent/backup/sessions/backup_fixture.h"
#include "tests/support/namespaces.h"

namespace fleet::agent {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RestoreTest : public BackupFixture {
 protected:
  RestoreTest() : store_(StoreWriter::Program(home_)) {
    first_ = store_.AddConversation("Refactor invoice rounding");
    child_ = store_.AddAgent(first_, "Audit rounding calls");
    grandchild_ = store_.AddAgent(child_, "Look deeper");
    second_ = store_.AddConversation("Explain ledger schema");
    other_ = store_.AddAgent(second_, "Draw ERD");
  }
  std::string Session() const { return store_.path() + "/storage/session"; }
  std::string Key() const { return "dgmo/project/home-mira-src-payments-api"; }

  StoreWriter store_;
  std::string first_;
  std::string child_;
  std::string grandchild_;
  std::string second_;
  std::string other_;
};

TEST_F(RestoreTest, BringsBackAStoreThatWasMovedAway) {
  const auto before = Hashes(store_.path());
  Take();
  fs::rename(Session(), dir_ / "moved");
  const RestoreRun run = MustRestore(Request());
  EXPECT_EQ(Hashes(store_.path()), before) << "every file, indexes too";
  EXPECT_THAT(FindingsIn(home_), IsEmpty());
  ASSERT_THAT(run.roots, SizeIs(1));
  EXPECT_EQ(run.roots[0].created + run.roots[0].indexes, static_cast<std::int64_t>(before.size()) - 1)
      << "all but app.json";
  EXPECT_EQ(run.data_age_ms, 300'000) << "the achieved RPO is the age of the backup";
  Undo(run.journal);
  EXPECT_FALSE(fs::exists(Session()));
}

TEST_F(RestoreTest, ASecondRunFindsNothingToDo) {
  Take();
  store_.Remove("storage/session/info");
  EXPECT_FALSE(MustRestore(Request()).journal.empty());
  const std::string before = TreeText(store_.path());
  const RestoreRun again = MustRestore(Request());
  EXPECT_TRUE(again.journal.empty());
  EXPECT_TRUE(again.pre_restore.empty());
  EXPECT_EQ(TreeText(store_.path()), before);
}

TEST_F(RestoreTest, AnotherMachinesEmptyHomeGetsTheSameFiles) {
  StoreWriter guide = StoreWriter::Guide(home_, "wörk space", false);
  guide.AddAgent(guide.AddConversation("The guide's"), "Helper");
  fs::create_directories(home_ + "/.config/dgmo");
  std::ofstream(home_ + "/.config/dgmo/config.json") << R"({"theme":"dark"})";
  const BackupRun taken = Take();
  const std::string other = dir_ / "other home";
  fs::create_directories(other);
  RestoreRequest request = Request();
  request.target.home = HomeOf(other);
  request.from = taken.archive;
  const RestoreRun run = MustRestore(request);
  EXPECT_EQ(Hashes(other + "/.local/share"), Hashes(home_ + "/.local/share"));
  EXPECT_EQ(Hashes(other + "/.config"), Hashes(home_ + "/.config"));
  EXPECT_THAT(FindingsIn(other), IsEmpty());
  EXPECT_THAT(run.roots, SizeIs(3));
  struct stat a {};
  struct stat b {};
  const std::string path = "/.local/share/" + Key() + "/" + store_.InfoPath(first_);
  ASSERT_TRUE(stat((home_ + path).c_str(), &a) == 0 && stat((other + path).c_str(), &b) == 0);
  EXPECT_EQ(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
}

TEST_F(RestoreTest, OneSessionComesWithItsTreeAndNothingElseChanges) {
  Take();
  const auto before = Hashes(store_.path());
  for (const std::string& id : {first_, child_, grandchild_}) {
    store_.Remove(store_.InfoPath(id));
    store_.Remove(store_.ConversationPath(id));
    store_.Remove(store_.RecordPath(id));
    store_.Remove(store_.IndexPath(id));
  }
  store_.Write(store_.InfoPath(second_), store_.Read(store_.InfoPath(second_)) + " ");
  RestoreRequest request = Request();
  request.session = first_;
  MustRestore(request);
  auto expected = before;
  expected[store_.InfoPath(second_)] = Sha256Hex(store_.Read(store_.InfoPath(second_)));
  EXPECT_EQ(Hashes(store_.path()), expected);
}

TEST_F(RestoreTest, AChildIsListedAgainAndNewerSiblingsStayListed) {
  Take();
  const std::string sibling = store_.AddAgent(first_, "A newer one");
  store_.Remove(store_.InfoPath(child_));
  store_.Remove(store_.ConversationPath(child_));
  store_.Remove(store_.RecordPath(child_));
  store_.WriteIndex(first_, {sibling});
  RestoreRequest request = Request();
  request.session = child_;
  const RestoreRun run = MustRestore(request);
  EXPECT_THAT(store_.Index(first_), ElementsAre(sibling, child_));
  EXPECT_THAT(FindingsIn(home_), IsEmpty());
  EXPECT_EQ(run.roots[0].indexes, 1);
  Undo(run.journal);
  EXPECT_THAT(store_.Index(first_), ElementsAre(sibling));
}

TEST_F(RestoreTest, DocumentsTheBackupDoesNotHoldStay) {
  Take();
  const std::string newer = store_.AddConversation("Newer than the backup");
  const std::string agent = store_.AddAgent(first_, "Newer agent");
  store_.Remove("storage/session/sub-session-index");
  MustRestore(Request());
  EXPECT_TRUE(store_.Has(store_.InfoPath(newer)));
  EXPECT_THAT(store_.Index(first_), ElementsAre(child_, agent)) << "merged with the records, not overwritten";
  EXPECT_THAT(FindingsIn(home_), IsEmpty());
}

TEST_F(RestoreTest, ReplacesWhatDiffersUnlessToldToKeepIt) {
  Take();
  const std::string info = store_.InfoPath(first_);
  const std::string old = store_.Read(info);
  std::string newer = old;
  newer.replace(newer.find("Refactor"), 8, "Rebuild!");
  store_.Advance(40'000'000'000);
  store_.Write(info, newer);
  store_.Write(store_.InfoPath(second_), "{\"id\":");
  RestoreRequest request = Request();
  request.keep_existing = true;
  const RestoreRun kept = MustRestore(request);
  EXPECT_EQ(store_.Read(info), newer);
  EXPECT_THAT(store_.Read(store_.InfoPath(second_)), HasSubstr("Explain"))
      << "what cannot be read is replaced all the same";
  EXPECT_EQ(kept.roots[0].kept, 1);
  request.keep_existing = false;
  request.plan = true;
  const RestoreRun planned = MustRestore(request);
  EXPECT_EQ(planned.roots[0].replaced, 1);
  EXPECT_EQ(planned.roots[0].newer_replaced, 1);
  EXPECT_EQ(store_.Read(info), newer) << "only planned";
  request.plan = false;
  const RestoreRun replaced = MustRestore(request);
  EXPECT_EQ(store_.Read(info), old);
  EXPECT_FALSE(replaced.pre_restore.empty());
  EXPECT_EQ(Verify(replaced.pre_restore).state, BackupState::kGood);
  Undo(replaced.journal);
  EXPECT_EQ(store_.Read(info), newer);
}

TEST_F(RestoreTest, FallsBackToThePreviousGoodBackupAndSaysSo) {
  const BackupRun one = Take(true);
  store_.AddConversation("Version two");
  const BackupRun two = Take(true);
  const auto at_two = Hashes(store_.path());
  store_.AddConversation("Version three");
  const BackupRun three = Take(true);
  fs::resize_file(three.archive, fs::file_size(three.archive) / 2);
  fs::remove_all(Session());
  const RestoreRun run = MustRestore(Request());
  EXPECT_EQ(run.backup, two.archive);
  EXPECT_THAT(run.notes, ElementsAre(AllOf(HasSubstr("fell back"), HasSubstr(three.archive), HasSubstr("cut"))));
  EXPECT_EQ(Hashes(store_.path()), at_two);
}

TEST_F(RestoreTest, APointInTimeIsTheNewestBackupUntilThen) {
  Take();
  const auto early = Hashes(store_.path());
  const std::int64_t then = now_ms();
  clock_.Advance(std::chrono::hours(1));
  store_.AddConversation("Later");
  Take();
  fs::remove_all(Session());
  RestoreRequest request = Request();
  request.at_ms = then;
  MustRestore(request);
  EXPECT_EQ(Hashes(store_.path()), early);
  request.at_ms = then - 3'600'000;
  const auto none = TryRestore(request);
  EXPECT_TRUE(absl::IsNotFound(none.status()));
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("only later ones"));
}

TEST_F(RestoreTest, WhatWasDamagedInTheBackupReplacesNothing) {
  const std::string info = store_.InfoPath(first_);
  const std::string good = store_.Read(info);
  store_.Write(info, "{\"id\":");
  Take();
  store_.Write(info, good);
  const RestoreRun run = MustRestore(Request());
  EXPECT_EQ(store_.Read(info), good);
  EXPECT_THAT(run.roots[0].skipped, ElementsAre(HasSubstr("was damaged when it was backed up")));
}

TEST_F(RestoreTest, ConfigurationIsRestoredOnlyWhenAskedForOrMissing) {
  const std::string config = home_ + "/.config/dgmo/config.json";
  fs::create_directories(fs::path(config).parent_path());
  std::ofstream(config) << R"({"theme":"dark"})";
  Take();
  std::ofstream(config) << R"({"theme":"light"})";
  MustRestore(Request());
  EXPECT_EQ(BytesOf(config), R"({"theme":"light"})");
  RestoreRequest request = Request();
  request.configuration = true;
  store_.Remove("storage/session/info");
  const RestoreRun run = MustRestore(request);
  EXPECT_EQ(BytesOf(config), R"({"theme":"dark"})");
  EXPECT_FALSE(store_.Has("storage/session/info")) << "only the configuration";
  Undo(run.journal);
  EXPECT_EQ(BytesOf(config), R"({"theme":"light"})");
  std::ofstream(config) << "{";
  MustRestore(Request());
  EXPECT_EQ(BytesOf(config), R"({"theme":"dark"})") << "what cannot be read is no configuration";
}

TEST_F(RestoreTest, RefusesWhenSomebodyElseWorksOnTheRoot) {
  Take();
  store_.Remove("storage/session/info");
  const std::string before = TreeText(store_.path());
  {
    const auto lock = RootLock::Take(store_.path(), dir_ / "state");
    const auto run = TryRestore(Request());
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(run->refusal->reason, "locked");
  }
  EXPECT_EQ(TreeText(store_.path()), before);
  MustRestore(Request());
}

TEST_F(RestoreTest, WritesToAnotherFolderWholeOrNotAtAll) {
  const std::string bad = store_.MessagePath(first_, store_.NextId("msg"));
  store_.Write(bad, "{");
  const BackupRun taken = Take();
  const std::string into = dir_ / "copy";
  const auto run = RestoreInto(Request(), into, clock_);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(Hashes(into + "/" + Key()), Hashes(store_.path())) << "damaged files too";
  EXPECT_THAT(run->roots[0].skipped, SizeIs(1));
  EXPECT_TRUE(absl::IsAlreadyExists(RestoreInto(Request(), into, clock_).status()));
  fs::resize_file(taken.archive, 100);
  EXPECT_FALSE(RestoreInto(Request(), dir_ / "copy2", clock_).ok());
  EXPECT_FALSE(fs::exists(dir_ / "copy2"));
}

TEST_F(RestoreTest, ARootGoesToAnotherOneWhenToldTo) {
  const BackupRun taken = Take();
  StoreWriter target = StoreWriter::Program(dir_ / "other", "another-place");
  RestoreRequest request = Request();
  request.target = {{}, {target.AsRoot()}};
  request.from = taken.archive;
  EXPECT_TRUE(absl::IsInvalidArgument(TryRestore(request).status())) << "the names differ";
  request.key = Key();
  MustRestore(request);
  EXPECT_EQ(Hashes(target.path() + "/storage"), Hashes(store_.path() + "/storage"));
}

TEST_F(RestoreTest, OldFormatsAreSourcesToo) {
  const auto before = Hashes(store_.path());
  std::vector<TarFile> members;
  for (const auto& [path, sum] : before) {
    if (path != "app.json") members.push_back({.path = "home/mira/x/" + path.substr(8), .bytes = store_.Read(path)});
  }
  const std::string folder = home_ + "/backups/sessions/";
  for (const char* name : {"sessions_2025-07-08_10-00-00.tar.gz", "sessions-old.tar.gz", "backup-20250708.tar.gz"}) {
    WriteTar(folder + name, members, true);
    fs::remove_all(Session());
    fs::create_directories(Session());
    RestoreRequest request = Request();
    EXPECT_THAT(std::string(TryRestore(request).status().message()), HasSubstr("--from")) << "never by itself";
    request.from = folder + name;
    MustRestore(request);
    EXPECT_EQ(Hashes(store_.path()), before) << name;
    fs::remove(folder + name);
  }
  for (const char* name : {"pre-restore-20250708-101010", "rollback-20250708-101010"}) {
    fs::copy(Session(), home_ + "/backups/" + name, fs::copy_options::recursive);
    fs::remove_all(Session());
    RestoreRequest request = Request();
    request.from = home_ + "/backups/" + name;
    MustRestore(request);
    EXPECT_EQ(Hashes(store_.path()), before) << name;
  }
  StoreWriter guide = StoreWriter::Guide(dir_ / "guide");
  const std::string id = guide.AddSession("Copied by hand");
  const std::string info = guide.Read(guide.InfoPath(id));
  fs::copy(guide.path() + "/sessions", guide.path() + "/sessions.backup.20250708");
  guide.Remove(guide.InfoPath(id));
  RestoreRequest request = Request();
  request.target.home = HomeOf(dir_ / "guide");
  request.from = guide.path() + "/sessions.backup.20250708";
  MustRestore(request);
  EXPECT_EQ(guide.Read(guide.InfoPath(id)), info);
}

TEST_F(RestoreTest, HostileArchivesChangeNothing) {
  const TarFile info{.path = "session/info/" + first_ + ".json", .bytes = store_.Read(store_.InfoPath(first_))};
  const std::string before = TreeText(store_.path());
  const TarFile kHostile[] = {
      {"/etc/passwd", "x"},
      {"session/info/../../../../outside.json", "x"},
      {"link", "", AE_IFLNK, "/etc/passwd"},
      {"hard", "", AE_IFREG, "session/info/x.json"},
      {"device", "", AE_IFCHR},
      {info.path, info.bytes},
      {"session/message/" + first_ + "/msg_bomb.json", std::string(64 << 20, ' ')},
  };
  for (const TarFile& member : kHostile) {
    const std::string archive = dir_ / "hostile/sessions-x.tar.gz";
    WriteTar(archive, {info, member}, true);
    RestoreRequest request = Request();
    request.from = archive;
    EXPECT_TRUE(absl::IsDataLoss(TryRestore(request).status())) << member.path << TryRestore(request).status();
    EXPECT_EQ(TreeText(store_.path()), before) << member.path;
  }
}

TEST_F(RestoreTest, AManifestCannotLeadOutOfTheRoot) {
  const std::string info = store_.Read(store_.InfoPath(first_));
  const std::string stem = dir_ / "evil/sessions_2026-01-01_00-00-00";
  for (const char* key : {"dgmo", "../x", "dgmo/project/..", ".ssh/project/p", "dgmo/project/p/storage"}) {
    WriteTar(stem + ".tar.gz", {{.path = std::string("k/") + "auth.json", .bytes = info}}, true);
    SessionManifest manifest;
    manifest.created_ms = now_ms();
    manifest.roots = {{"U", "/nowhere", key}};
    manifest.files[std::string(key) + "/auth.json"] = {
        .size = static_cast<std::int64_t>(info.size()), .mtime_ms = 1, .mode = 0644, .sha256 = Sha256Hex(info)};
    manifest.archive_sha256 = Sha256Hex(BytesOf(stem + ".tar.gz"));
    std::ofstream(stem + ".manifest.json") << SessionManifestText(manifest);
    const std::string before = TreeText(home_);
    RestoreRequest request = Request();
    request.from = stem + ".tar.gz";
    EXPECT_FALSE(TryRestore(request).ok()) << key;
    EXPECT_EQ(TreeText(home_), before) << key;
  }
}

TEST_F(RestoreTest, AFullDiskTakesEverythingBack) {
  Take();
  Namespaces::Run(CLONE_NEWNS, [&] {
    // Room enough, but not for so many files.
    ASSERT_EQ(mount("tmpfs", store_.path().c_str(), "tmpfs", 0, "size=2g,nr_inodes=20"), 0);
    store_.Write("app.json", "{}");
    const std::string before = TreeText(store_.path());
    const auto run = TryRestore(Request());
    ASSERT_TRUE(run.ok()) << run.status();
    ASSERT_TRUE(run->refusal.has_value());
    EXPECT_THAT(run->refusal->text, AllOf(HasSubstr("No space"), HasSubstr("everything is as it was before")));
    EXPECT_EQ(TreeText(store_.path()), before);
  });
}

}  // namespace
}  // namespace fleet::agent
