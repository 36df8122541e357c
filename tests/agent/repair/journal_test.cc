#include "agent/repair/journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/repair/failure_counter.h"
#include "agent/store/root_lock.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

constexpr std::int64_t kNow = 1'790'000'000'000;

JournalRoot SomeRoot() {
  PathChange replaced;
  replaced.path = "info/\xff\xfe\"weird\n.json";
  replaced.before = {.kind = PathState::Kind::kFile,
                     .stat = {.size = 7,
                              .mtime_ns = 1'751'966'100'123'456'789,
                              .device = 0xFFFFFFFFFFFFFFF1,
                              .inode = 99,
                              .mode = 0100640,
                              .uid = 1000,
                              .gid = 1001,
                              .links = 1},
                     .sha256 = "aa"};
  replaced.after = {.kind = PathState::Kind::kFile, .stat = {.size = 3}, .sha256 = "bb"};
  replaced.backup = "0-0000";
  replaced.reason = "no repair";
  replaced.quarantine = "/state/quarantine/x\xff";
  PathChange made;
  made.path = "made";
  made.after.kind = PathState::Kind::kDirectory;
  return {.root = {RootKind::kGuide, "/home/m\xc3\xa9/\xff", "opencode", "slug\xff", 1000},
          .changes = {replaced, made}};
}

Journal Prepared(const std::string& state, std::vector<JournalRoot> roots) {
  Journal journal = Journal::Begin(state, kNow).value();
  EXPECT_TRUE(journal.Prepare(std::move(roots), {}).ok());
  return journal;
}

std::uint32_t ModeOf(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

TEST(Journal, IsReadBackWithoutLossWhateverBytesThePathsHave) {
  const TempDir dir;
  const std::string id = Prepared(dir / "state", {SomeRoot()}).id();
  const Journal journal = Journal::Load(dir / "state", id).value();
  EXPECT_EQ(journal.created_ms(), kNow);
  ASSERT_EQ(journal.roots().size(), 1U);
  EXPECT_EQ(journal.roots()[0].root, SomeRoot().root);
  ASSERT_EQ(journal.roots()[0].changes.size(), 2U);
  const PathChange wrote = SomeRoot().changes[0];
  const PathChange& read = journal.roots()[0].changes[0];
  EXPECT_EQ(read.path, wrote.path);
  EXPECT_EQ(read.before.stat, wrote.before.stat);
  EXPECT_TRUE(read.before.Holds(wrote.before));
  EXPECT_TRUE(read.after.Holds(wrote.after));
  EXPECT_EQ(read.backup, wrote.backup);
  EXPECT_EQ(read.quarantine, wrote.quarantine);
  EXPECT_EQ(journal.roots()[0].changes[1].after.kind, PathState::Kind::kDirectory);
  EXPECT_EQ(journal.roots()[0].changes[1].before.kind, PathState::Kind::kAbsent);
}

TEST(Journal, CanOnlyBeReadByItsOwner) {
  const TempDir dir;
  const Journal journal = Prepared(dir / "state", {SomeRoot()});
  EXPECT_EQ(ModeOf(dir / "state"), 0700U);
  EXPECT_EQ(ModeOf(journal.folder()), 0700U);
  EXPECT_EQ(ModeOf(journal.folder() + "/manifest.json"), 0600U);
}

TEST(Journal, GoesThroughItsStages) {
  const TempDir dir;
  Journal journal = Prepared(dir / "state", {SomeRoot(), SomeRoot()});
  EXPECT_TRUE(journal.IsOpen());
  ASSERT_TRUE(journal.Mark(0, RootStage::kCommitted).ok());
  EXPECT_EQ(journal.Stage(), RootStage::kPrepared);
  ASSERT_TRUE(journal.Mark(1, RootStage::kRolledBack).ok());
  EXPECT_FALSE(journal.IsOpen());
  EXPECT_EQ(journal.Stage(), RootStage::kCommitted);
  ASSERT_TRUE(journal.Mark(0, RootStage::kUndoing).ok());
  EXPECT_TRUE(Journal::Load(dir / "state", journal.id())->IsOpen());
  ASSERT_TRUE(journal.Mark(0, RootStage::kUndone).ok());
  EXPECT_EQ(journal.Stage(), RootStage::kUndone);
  EXPECT_EQ(journal.StageOf(1), RootStage::kRolledBack);
}

TEST(Journal, OnlyLooksForIdsThatItLists) {
  const TempDir dir;
  dir.Write("elsewhere/manifest.json", "{}");
  Prepared(dir / "state", {SomeRoot()});
  for (const std::string id : {"", ".", "..", "../../elsewhere", "nothing", "/etc"}) {
    EXPECT_TRUE(absl::IsNotFound(Journal::Load(dir / "state", id).status())) << id;
  }
  EXPECT_TRUE(Journal::Ids(dir / "nowhere")->empty());
}

TEST(Journal, SaysWhatIsWrongWithOneThatItCannotFollow) {
  const TempDir dir;
  const Journal journal = Prepared(dir / "state", {SomeRoot()});
  const std::string good = journal.ManifestText().value();
  const auto error = [&](const std::string& manifest) {
    dir.Write("state/repairs/" + journal.id() + "/manifest.json", manifest);
    const absl::Status status = Journal::Load(dir / "state", journal.id()).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    return std::string(status.message());
  };
  EXPECT_NE(error(good.substr(0, good.size() / 2)).find("complete"), std::string::npos);
  EXPECT_NE(error("[]").find("complete JSON"), std::string::npos);
  EXPECT_NE(error("{\"what\":\"something else\"}").find("not one of this program"), std::string::npos);
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(good);
  json["format"] = 4;
  EXPECT_NE(error(json.dump()).find("format 4"), std::string::npos);
  json["format"] = 1;
  json["roots"][0]["changes"][0]["path"] = "../../etc/passwd";
  EXPECT_NE(error(json.dump()).find("\"path\""), std::string::npos);
  json["roots"][0]["changes"][0]["path"] = "x";
  json["roots"][0]["changes"][0]["backup"] = "../../x";
  EXPECT_NE(error(json.dump()).find("\"backup\""), std::string::npos);
  json["roots"][0].erase("changes");
  EXPECT_NE(error(json.dump()).find("\"changes\""), std::string::npos);
  std::filesystem::remove(journal.folder() + "/manifest.json");
  EXPECT_NE(std::string(Journal::Load(dir / "state", journal.id()).status().message()).find("before anything"),
            std::string::npos);
}

TEST(FailureCounter, CountsASubjectsFailuresUntilItSucceeds) {
  const TempDir dir;
  FailureCounter counter(dir.path());
  EXPECT_EQ(counter.Count("R-INDEX", "/root", "ses"), 0);
  ASSERT_TRUE(counter.Add("R-INDEX", "/root", "ses").ok());
  ASSERT_TRUE(counter.Add("R-INDEX", "/root", "ses").ok());
  EXPECT_EQ(FailureCounter(dir.path()).Count("R-INDEX", "/root", "ses"), 2);
  EXPECT_EQ(counter.Count("R-TMP", "/root", "ses"), 0);
  EXPECT_EQ(counter.Count("R-INDEX", "/other", "ses"), 0);
  ASSERT_TRUE(counter.Clear("R-INDEX", "/root", "ses").ok());
  EXPECT_EQ(counter.Count("R-INDEX", "/root", "ses"), 0);
}

TEST(RootLock, IsSeenAcrossStateFoldersAndGivenUpAtTheEnd) {
  const TempDir dir;
  {
    const auto lock = RootLock::Take(dir.path(), dir / "one");
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(absl::IsUnavailable(RootLock::Take(dir.path(), dir / "two").status()));
  }
  EXPECT_TRUE(RootLock::Take(dir.path(), dir / "two").ok());
}

}  // namespace
}  // namespace fleet::agent
