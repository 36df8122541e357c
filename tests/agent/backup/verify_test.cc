#include "agent/backup/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/backup_writer.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kMadeMs = 1'751'970'000'000;

BackupVerdict Verify(const std::string& path, VerifyLevel level = VerifyLevel::kStandard,
                     const TarLimits& limits = {}) {
  const std::filesystem::path file(path);
  const auto folder = Directory::OpenRoot(file.parent_path());
  EXPECT_TRUE(folder.ok()) << folder.status();
  const auto name = ParseBackupName(file.filename().string(), std::filesystem::is_directory(file));
  EXPECT_TRUE(name.has_value()) << path;
  return VerifyBackup(*folder, file.filename(), *name, level, limits);
}

std::string ErrorOf(const BackupVerdict& verdict) { return verdict.errors.empty() ? "" : verdict.errors.front(); }

void Patch(const std::string& path, std::size_t at, char by) {
  std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const int old = stream.get();
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(old ^ by));
}

class VerifyBackupTest : public ::testing::Test {
 protected:
  VerifyBackupTest() {
    StoreWriter store = StoreWriter::Program(home_.path());
    session_ = store.AddConversation("Refactor invoice rounding");
    child_ = store.AddAgent(session_, "Audit rounding calls");
    archive_ = WriteSessionBackup(home_.path(), kMadeMs);
    manifest_ = home_ / "backups/sessions/sessions_2025-07-08_10-20-00.manifest.json";
  }
  std::string Archive(const std::vector<TarFile>& files) const {
    std::string path = home_ / "backups/sessions-other.tar.gz";
    WriteTar(path, files, true);
    return path;
  }
  TarFile Info(const std::string& path) const {
    return {.path = path,
            .bytes = R"({"id":")" + session_ + R"(","version":"0.2.3","title":"t","time":{"created":1,"updated":1}})"};
  }

  TempDir home_;
  std::string session_;
  std::string child_;
  std::string archive_;
  std::string manifest_;
};

TEST_F(VerifyBackupTest, AWholeArchiveIsGoodAtEveryLevel) {
  for (const VerifyLevel level : {VerifyLevel::kQuick, VerifyLevel::kStandard, VerifyLevel::kFull}) {
    const BackupVerdict verdict = Verify(archive_, level);
    EXPECT_EQ(verdict.state, BackupState::kGood) << ErrorOf(verdict);
    EXPECT_TRUE(verdict.warnings.empty());
    EXPECT_EQ(verdict.files, 9) << "app.json, two infos, four messages, a record and an index";
    EXPECT_EQ(verdict.made_ms, kMadeMs);
    EXPECT_EQ(verdict.session_ids, (std::set<std::string>{session_, child_}));
    EXPECT_EQ(verdict.root_keys, std::set<std::string>{"dgmo/project/home-mira-src-payments-api"});
  }
  EXPECT_EQ(Verify(archive_).documents, 8);
}

TEST_F(VerifyBackupTest, EveryFlippedByteIsFound) {
  const std::size_t size = std::filesystem::file_size(archive_);
  for (std::size_t at = 10; at < size; at += 7) {  // after the gzip header, which holds nothing of worth
    Patch(archive_, at, 0x10);
    const BackupVerdict verdict = Verify(archive_, VerifyLevel::kFull);
    EXPECT_NE(verdict.state, BackupState::kGood) << "at " << at << " of " << size;
    // Some bits say in another way what stood there before: then nothing but the archive's own sum differs.
    if (verdict.state == BackupState::kChecksumMismatch) {
      EXPECT_EQ(verdict.errors.size(), 1U) << "at " << at << ": damage that gzip's check sums let pass";
    }
    Patch(archive_, at, 0x10);
  }
  EXPECT_EQ(Verify(archive_).state, BackupState::kGood) << "as it was";
}

TEST_F(VerifyBackupTest, EveryCutIsFound) {
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(archive_));
  std::filesystem::remove(manifest_);
  for (std::size_t keep = 0; keep < size; keep += 11) {
    const std::string cut = home_ / "backups/sessions-cut.tar.gz";
    std::ofstream(cut, std::ios::binary) << BytesOf(archive_).substr(0, keep);
    EXPECT_EQ(Verify(cut).state, BackupState::kCorrupt) << keep << " of " << size;
  }
}

TEST_F(VerifyBackupTest, ATarCutBetweenMembersBeforeItWasPackedIsFound) {
  const std::string whole = home_ / "backups/whole.tar";
  WriteTar(whole, {Info("session/info/" + session_ + ".json"), Info("session/info/" + child_ + ".json")}, false);
  const std::string snapshot = home_ / "backups/cut_2025-07-08_10-20-00.snapshot";
  std::ofstream(snapshot, std::ios::binary) << BytesOf(whole).substr(0, 1024);
  EXPECT_THAT(ErrorOf(Verify(snapshot)), HasSubstr("the mark at its end is missing"));
}

TEST_F(VerifyBackupTest, AnotherArchiveUnderTheSameNameIsAMismatch) {
  WriteTar(archive_, {Info("dgmo/project/p/storage/session/info/" + session_ + ".json")}, true);
  const BackupVerdict verdict = Verify(archive_);
  EXPECT_EQ(verdict.state, BackupState::kChecksumMismatch);
  EXPECT_THAT(ErrorOf(verdict), HasSubstr("SHA-256"));
}

TEST_F(VerifyBackupTest, FullComparesEveryFile) {
  nlohmann::ordered_json manifest = nlohmann::ordered_json::parse(BytesOf(manifest_));
  manifest.erase("manifest_sha256");
  const std::string other = manifest["files"][0]["sha256"].get<std::string>();
  manifest["files"][1]["sha256"] = other;
  WriteSealed(manifest_, manifest);
  EXPECT_EQ(Verify(archive_, VerifyLevel::kStandard).state, BackupState::kGood);
  EXPECT_EQ(Verify(archive_, VerifyLevel::kFull).state, BackupState::kChecksumMismatch);
}

TEST_F(VerifyBackupTest, ADamagedManifestIsCorrupt) {
  for (const char* text : {"", "{", "[]", R"({"format_version":1})", R"({"format_version":2,"roots":[],"files":[]})"}) {
    std::ofstream(manifest_) << text;
    EXPECT_EQ(Verify(archive_).state, BackupState::kCorrupt) << text;
    EXPECT_THAT(ErrorOf(Verify(archive_)), HasSubstr("manifest")) << text;
  }
}

TEST_F(VerifyBackupTest, OldArchivesNeedADocumentOfASession) {
  EXPECT_EQ(Verify(Archive({Info("sessions/info/" + session_ + ".json")})).state, BackupState::kGood);
  EXPECT_EQ(Verify(Archive({Info("storage/session/info/" + session_ + ".json")})).session_ids,
            std::set<std::string>{session_});
  EXPECT_EQ(Verify(Archive({Info("./home/x/sessions/" + session_ + ".json")})).state, BackupState::kGood);
  for (const TarFile& useless : {TarFile{"notes.txt", "hello"}, TarFile{"sessions", "", AE_IFDIR},
                                 TarFile{"session/info/" + session_ + ".json", std::string(200, '\0')},
                                 TarFile{"session/info/" + session_ + ".json", ""}}) {
    const BackupVerdict verdict = Verify(Archive({useless}));
    EXPECT_EQ(verdict.state, BackupState::kCorrupt) << useless.path;
    EXPECT_THAT(ErrorOf(verdict), HasSubstr("no readable document")) << useless.path;
  }
}

TEST_F(VerifyBackupTest, HostileMembersAreRefused) {
  const TarFile info = Info("session/info/" + session_ + ".json");
  const std::pair<TarFile, const char*> kHostile[] = {
      {{"/etc/passwd", "x"}, "absolute"},
      {{"../../outside", "x"}, "leads out"},
      {{"session/../../outside", "x"}, "leads out"},
      {{"link", "", AE_IFLNK, "/etc/passwd"}, "neither file nor folder"},
      {{"hard", "", AE_IFREG, "session/info/x.json"}, "neither file nor folder"},
      {{"pipe", "", AE_IFIFO}, "neither file nor folder"},
      {{"device", "", AE_IFCHR}, "neither file nor folder"},
      {{"session//info/./" + session_ + ".json", "{}"}, "same name"},
  };
  for (const auto& [member, why] : kHostile) {
    const BackupVerdict verdict = Verify(Archive({info, member}));
    EXPECT_EQ(verdict.state, BackupState::kCorrupt) << member.path;
    EXPECT_THAT(ErrorOf(verdict), HasSubstr(why)) << member.path;
  }
}

TEST_F(VerifyBackupTest, BombsAreNotUnpacked) {
  const TarFile zeros{"session/info/" + session_ + ".json", std::string(8 << 20, '\0')};
  EXPECT_THAT(ErrorOf(Verify(Archive({zeros}))), HasSubstr("200 times"));
  EXPECT_THAT(ErrorOf(Verify(archive_, VerifyLevel::kQuick, {.bytes = 4096})), HasSubstr("limit of 4096"));
  EXPECT_THAT(ErrorOf(Verify(archive_, VerifyLevel::kQuick, {.members = 3})), HasSubstr("too many members"));
}

TEST_F(VerifyBackupTest, ALinkIsNotFollowed) {
  const std::string link = home_ / "backups/sessions/sessions-link.tar.gz";
  std::filesystem::create_symlink(archive_, link);
  EXPECT_EQ(Verify(link).state, BackupState::kUnverified);
}

TEST_F(VerifyBackupTest, AnEmptyFileIsNoBackup) {
  home_.Write("backups/sessions/sessions-empty.tar.gz", "");
  EXPECT_EQ(Verify(home_ / "backups/sessions/sessions-empty.tar.gz").state, BackupState::kCorrupt);
}

TEST_F(VerifyBackupTest, CopiedFoldersNeedADocument) {
  home_.Write("backups/pre-restore-20250708-101010/info/" + session_ + ".json", Info("").bytes);
  EXPECT_EQ(Verify(home_ / "backups/pre-restore-20250708-101010").state, BackupState::kGood);
  home_.Write("backups/rollback-20250708-101010/info/" + session_ + ".json", "");
  EXPECT_EQ(Verify(home_ / "backups/rollback-20250708-101010").state, BackupState::kCorrupt);
  home_.Write("backups/sessions.backup.20250708/" + session_ + ".json", Info("").bytes);
  EXPECT_EQ(Verify(home_ / "backups/sessions.backup.20250708").state, BackupState::kGood);
}

TEST_F(VerifyBackupTest, SnapshotsAreComparedWithTheirManifest) {
  const std::string snapshot = WriteSnapshot(home_.path(), kMadeMs, 226);
  const BackupVerdict good = Verify(snapshot);
  EXPECT_EQ(good.state, BackupState::kGood) << ErrorOf(good);
  EXPECT_EQ(good.points, 226);
  EXPECT_EQ(good.collection, "AgentMemories");
  Patch(snapshot, 3000, 1);
  EXPECT_EQ(Verify(snapshot).state, BackupState::kChecksumMismatch);
  std::filesystem::resize_file(snapshot, 4000);
  EXPECT_EQ(Verify(snapshot).state, BackupState::kCorrupt);
}

TEST_F(VerifyBackupTest, SnapshotsOfTheServerHaveAChecksumFile) {
  const std::string made = WriteSnapshot(home_.path(), kMadeMs, 1);
  const std::string raw = home_ / "backups/qdrant/AgentMemories-8213-2025-07-08-10-20-00.snapshot";
  std::filesystem::copy(made, raw);
  EXPECT_EQ(Verify(raw).state, BackupState::kGood);
  EXPECT_EQ(Verify(raw).collection, "AgentMemories");
  std::ofstream(raw + ".checksum") << Sha256Hex(BytesOf(raw));
  EXPECT_EQ(Verify(raw).state, BackupState::kGood);
  std::ofstream(raw + ".checksum") << Sha256Hex("something else");
  EXPECT_EQ(Verify(raw).state, BackupState::kChecksumMismatch);
}

TEST_F(VerifyBackupTest, ATarThatIsNoSnapshotIsCorrupt) {
  const std::string path = home_ / "backups/qdrant/AgentMemories_2025-07-08_10-20-00.snapshot";
  WriteTar(path, {{.path = "readme", .bytes = "x"}}, false);
  EXPECT_THAT(ErrorOf(Verify(path)), HasSubstr("no Qdrant snapshot"));
}

}  // namespace
}  // namespace fleet::agent
