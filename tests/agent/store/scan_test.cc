#include "agent/store/scan.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "common/status.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

constexpr char kId[] = "ses_816aecd9affetzTJbgUmNbzSey";
constexpr char kMessageId[] = "msg_7e9514205001pp3ZRCKPeY2hIX";

std::string Info(const std::string& id) {
  return R"({"id":")" + id +
         R"(","version":"0.2.3","title":"T","time":{"created":1751966102117,"updated":1751966108427}})";
}
std::string Message(const std::string& id, const std::string& session, std::int64_t created) {
  return R"({"role":"user","id":")" + id + R"(","parts":[],"metadata":{"time":{"created":)" + std::to_string(created) +
         R"(},"sessionID":")" + session + R"(","tool":{}}})";
}

RootModel Scan(const TempDir& dir, RootKind kind = RootKind::kProgram) {
  Root root;
  root.kind = kind;
  root.path = dir.path();
  absl::StatusOr<RootModel> model = ScanRoot(root);
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

const std::string kInfoPath = std::string("storage/session/info/") + kId + ".json";
const std::string kMessagePath = std::string("storage/session/message/") + kId + "/" + kMessageId + ".json";

TEST(ScanProgramRoot, FindsEveryClassOfDocument) {
  const TempDir dir;
  dir.Write("app.json", "{}");
  dir.Write(kInfoPath, Info(kId));
  dir.Write(kMessagePath, Message(kMessageId, kId, 1751966106117));
  dir.Write("storage/session/sub-session-index/ses_x.json", R"(["ses_a",1])");
  dir.Write(
      "storage/session/sub-sessions/ses_a.json",
      R"({"id":"ses_a","parentSessionId":"ses_x","agentName":"n","taskDescription":"t","status":"completed","createdAt":1})");
  dir.Write("storage/session/share/ses_x.json", R"({"secret":"s","url":"u"})");
  const RootModel model = Scan(dir);
  EXPECT_TRUE(model.has_app_file);
  EXPECT_EQ(model.sessions.at(kId).path, kInfoPath);
  EXPECT_EQ(model.conversations.at(kId).messages, 1);
  EXPECT_EQ(model.conversations.at(kId).oldest_ms, 1751966106117);
  EXPECT_EQ(model.records.at("ses_a").document.parent, "ses_x");
  EXPECT_EQ(model.indexes.at("ses_x").document.entries.size(), 2U);
  EXPECT_FALSE(model.indexes.at("ses_x").document.entries[1].is_text);
  EXPECT_EQ(model.shares.count("ses_x"), 1U);
  EXPECT_TRUE(model.damaged.empty());
  EXPECT_TRUE(model.strays.empty());
  EXPECT_EQ(model.stats.files, 6);
}

TEST(ScanProgramRoot, WithoutMessagesOnlyCountsThem) {
  const TempDir dir;
  dir.Write(kInfoPath, Info(kId));
  dir.Write(kMessagePath, "{\"role\":");
  dir.Write(std::string("storage/session/message/") + kId + "/msg_x.json1751966108427.tmp", "{}");
  Root root;
  root.path = dir.path();
  RootModel model = *ScanRoot(root, ScanDepth::kWithoutMessages);
  EXPECT_EQ(model.sessions.count(kId), 1U);
  EXPECT_EQ(model.conversations.at(kId).messages, 1);
  EXPECT_GT(model.conversations.at(kId).last_mtime_ms, 0);
  EXPECT_TRUE(model.damaged.empty());
  EXPECT_EQ(model.strays.size(), 1U);
  EXPECT_EQ(model.stats.files, 1);
  EXPECT_EQ(model.stats.unread, 1);
  root.kind = RootKind::kGuide;
  dir.Write("sessions/ses_b/msg_2.json", "");
  model = *ScanRoot(root, ScanDepth::kWithoutMessages);
  EXPECT_EQ(model.conversations.at("ses_b").messages, 1);
  EXPECT_EQ(model.conversations.at("ses_b").path, "sessions/ses_b");
}

TEST(ScanProgramRoot, KeepsDamageApartFromWhatIsReadable) {
  const TempDir dir;
  dir.Write(kInfoPath, "");
  dir.Write(kMessagePath, "{\"role\":");
  const RootModel model = Scan(dir);
  EXPECT_TRUE(model.sessions.empty());
  EXPECT_TRUE(model.HasInfoFile(kId));
  EXPECT_TRUE(model.HasMessages(kId));
  EXPECT_EQ(model.conversations.at(kId).damaged, 1);
  EXPECT_EQ(model.damaged.at(kInfoPath).fault.kind, FaultKind::kEmpty);
  EXPECT_EQ(model.damaged.at(kMessagePath).fault.kind, FaultKind::kTruncated);
  EXPECT_EQ(model.damaged.at(kMessagePath).head_hex, "") << "nothing of a conversation leaves its file";
}

TEST(ScanProgramRoot, NamesWhatHasNoBusinessThere) {
  const TempDir dir;
  dir.Write(kInfoPath + "1751966108427.tmp", "{}");
  dir.Write("storage/session/info/ses_x.json.conflict-web-ui", "{}");
  dir.Write("storage/session/info/notes.txt", "");
  dir.Write("storage/session/info/old/ses_y.json", "{}");
  dir.Write("storage/session/message/ses_x/copy/msg.json", "{}");
  dir.Write("storage/session/info/.hidden", "");
  std::filesystem::create_directories(dir / "storage/session/sub-sessions/ses_z.json");
  ASSERT_EQ(mkfifo((dir / "storage/session/info/pipe.json").c_str(), 0600), 0);
  std::filesystem::create_symlink("/etc/passwd", dir / "storage/session/info/link.json");
  std::filesystem::create_symlink("notes.txt", dir / "storage/session/info/near.json");
  std::filesystem::create_symlink("..", dir / "storage/session/loop");
  const RootModel model = Scan(dir);
  const auto kind = [&](const std::string& path) { return model.strays.at("storage/session/" + path).kind; };
  EXPECT_EQ(kind(std::string("info/") + kId + ".json1751966108427.tmp"), Stray::Kind::kLitter);
  EXPECT_EQ(model.strays.at(kInfoPath + "1751966108427.tmp").target, kInfoPath);
  EXPECT_EQ(model.strays.at(kInfoPath + "1751966108427.tmp").litter_ms, 1751966108427);
  EXPECT_EQ(kind("info/ses_x.json.conflict-web-ui"), Stray::Kind::kConflictCopy);
  EXPECT_EQ(kind("info/notes.txt"), Stray::Kind::kForeignFile);
  EXPECT_EQ(kind("info/old"), Stray::Kind::kNestedDirectory);
  EXPECT_EQ(kind("message/ses_x/copy"), Stray::Kind::kNestedDirectory);
  EXPECT_EQ(kind("sub-sessions/ses_z.json"), Stray::Kind::kUnexpectedType);
  EXPECT_EQ(model.strays.at("storage/session/info/pipe.json").type, EntryType::kFifo);
  EXPECT_TRUE(model.strays.at("storage/session/info/link.json").leaves_root);
  EXPECT_FALSE(model.strays.at("storage/session/info/near.json").leaves_root);
  EXPECT_EQ(kind("loop"), Stray::Kind::kUnexpectedType);
  EXPECT_EQ(model.strays.size(), 10U);
  EXPECT_TRUE(model.sessions.empty()) << "a link is never read";
}

TEST(ScanProgramRoot, SkipsWhatIsNotTheStore) {
  const TempDir dir;
  dir.Write("log/tui.log", "x");
  dir.Write(".dgmo-agent/stage", "x");
  dir.Write("storage/session.corrupted.20250708-091502/info/ses_a.json", "");
  const RootModel model = Scan(dir);
  EXPECT_TRUE(model.strays.empty());
  EXPECT_TRUE(model.damaged.empty());
}

TEST(ScanProgramRoot, DoesNotReadWhatIsTooLarge) {
  const TempDir dir;
  dir.Write(kInfoPath, Info(kId));
  std::filesystem::resize_file(dir / kInfoPath, 200U << 20);
  const RootModel model = Scan(dir);
  EXPECT_EQ(model.damaged.at(kInfoPath).fault.kind, FaultKind::kOversize);
  EXPECT_EQ(model.damaged.at(kInfoPath).stat.size, 200 << 20);
}

TEST(ScanProgramRoot, ReadsNamesThatAreLongOrNotUtf8) {
  const TempDir dir;
  const std::string latin = "storage/session/info/caf\xE9.json";
  const std::string longest = "storage/session/sub-sessions/" + std::string(250, 'n') + ".json";
  dir.Write(latin, Info("caf"));
  dir.Write(longest, "");
  const RootModel model = Scan(dir);
  EXPECT_EQ(model.sessions.count("caf\xE9"), 1U);
  EXPECT_EQ(model.damaged.count(longest), 1U);
}

TEST(ScanProgramRoot, SaysWhatItMayNotRead) {
  if (geteuid() == 0) {
    // Root reads everything: be nobody for this test.
    ASSERT_EQ(seteuid(65534), 0);
  }
  {
    const TempDir dir;
    dir.Write(kInfoPath, Info(kId));
    dir.Write(kMessagePath, Message(kMessageId, kId, 1));
    std::filesystem::permissions(dir / kInfoPath, std::filesystem::perms::none);
    const std::string conversation = dir / (std::string("storage/session/message/") + kId);
    std::filesystem::permissions(conversation, std::filesystem::perms::none);
    const RootModel model = Scan(dir);
    EXPECT_EQ(model.unreadable.at(kInfoPath).error, EACCES);
    EXPECT_TRUE(model.unreadable.at(std::string("storage/session/message/") + kId).is_directory);
    std::filesystem::permissions(conversation, std::filesystem::perms::owner_all);
  }
  ASSERT_EQ(seteuid(getuid()), 0);
}

TEST(DirectoryStat, FollowsNoLinkOnItsWay) {
  const TempDir dir;
  dir.Write("real/file", "x");
  std::filesystem::create_directory_symlink("real", dir / "link");
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(dir.path());
  ASSERT_TRUE(directory.ok());
  EXPECT_TRUE(directory->Stat("real/file").ok());
  EXPECT_EQ(ErrnoOf(directory->Stat("link/file").status()), ELOOP);
  EXPECT_TRUE(S_ISLNK(directory->Stat("link")->mode));
  EXPECT_FALSE(directory->Stat("../file").ok());
  EXPECT_FALSE(directory->Open("link").ok());
}

TEST(ScanGuideRoot, ReadsFlatAndDirectorySessions) {
  const TempDir dir;
  dir.Write("sessions/ses_a.json", Info("ses_a"));
  dir.Write("sessions/ses_b/info.json", Info("ses_b"));
  dir.Write("sessions/ses_b/session.json",
            R"({"id":"ses_b","version":"first","title":"T","time":{"created":1,"updated":1}})");
  dir.Write("sessions/ses_b/message/msg_1.json", Message("msg_1", "ses_b", 7));
  dir.Write("sessions/ses_b/msg_2.json", Message("msg_2", "ses_b", 5));
  dir.Write("sessions/ses_b/notes.json", "whatever");
  dir.Write("sessions/index.json", R"({"sessions":{"ses_a":{"id":"ses_a","subSessions":["ses_b"]}}})");
  dir.Write(".opencode/config.json", "{");
  dir.Write("logs/system.log", "x");
  dir.Write("sessions.backup.20250708/ses_a.json", "");
  const RootModel model = Scan(dir, RootKind::kGuide);
  EXPECT_EQ(model.sessions.at("ses_a").path, "sessions/ses_a.json");
  EXPECT_EQ(model.sessions.at("ses_b").document.version, "first");
  EXPECT_EQ(model.conversations.at("ses_b").messages, 2);
  EXPECT_EQ(model.conversations.at("ses_b").oldest_ms, 5);
  EXPECT_EQ(model.guide_index->document.entries[0].subsessions[0], "ses_b");
  EXPECT_EQ(model.damaged.at(".opencode/config.json").fault.kind, FaultKind::kTruncated);
  EXPECT_EQ(model.damaged.size(), 1U);
  EXPECT_TRUE(model.strays.empty());
  EXPECT_EQ(model.directories, (std::set<std::string>{".opencode", "logs", "sessions", "sessions/ses_b"}));
}

TEST(ScanGuideRoot, FindsADamagedDocumentInEveryPlaceItMayHave) {
  const TempDir dir;
  dir.Write("sessions/ses_a.json", "");
  dir.Write("sessions/ses_b/info.json", "{");
  dir.Write("sessions/ses_bb/message/msg_1.json", "{");
  dir.Write("storage/session/info/ses_c.json", "{");
  dir.Write("storage/session/sub-sessions/ses_d.json", "{");
  const RootModel model = Scan(dir, RootKind::kGuide);
  ASSERT_EQ(model.damaged.size(), 5U);
  for (const char* id : {"ses_a", "ses_b", "ses_c"}) EXPECT_TRUE(model.HasInfoFile(id)) << id;
  for (const char* id : {"ses_bb", "ses_d", "ses", "msg_1"}) EXPECT_FALSE(model.HasInfoFile(id)) << id;
  EXPECT_TRUE(model.HasRecordFile("ses_d"));
  EXPECT_FALSE(model.HasRecordFile("ses_a"));
}

TEST(ReadAgain, CorrectsWhatWasBeingWritten) {
  const TempDir dir;
  dir.Write(kInfoPath, "");
  dir.Write(kMessagePath, "");
  RootModel model = Scan(dir);
  dir.Write(kInfoPath, Info(kId));
  dir.Write(kMessagePath, Message(kMessageId, kId, 3));
  ASSERT_TRUE(ReadAgain(model, {kInfoPath, kMessagePath}).ok());
  EXPECT_TRUE(model.damaged.empty());
  EXPECT_EQ(model.sessions.count(kId), 1U);
  EXPECT_EQ(model.conversations.at(kId).messages, 1);
  EXPECT_EQ(model.conversations.at(kId).damaged, 0);
  std::filesystem::remove(dir / kInfoPath);
  ASSERT_TRUE(ReadAgain(model, {kInfoPath}).ok());
  EXPECT_FALSE(model.HasInfoFile(kId));
}

TEST(ScanRoot, ARootThatIsAFileOrMissingIsAnError) {
  const TempDir dir;
  dir.Write("file", "x");
  Root root;
  root.path = dir / "file";
  EXPECT_EQ(ScanRoot(root).status().code(), absl::StatusCode::kFailedPrecondition);
  root.path = dir / "nothing";
  EXPECT_EQ(ScanRoot(root).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace fleet::agent
