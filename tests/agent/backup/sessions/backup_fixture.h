#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/backup/archive_folder.h"
#include "agent/backup/sessions/restore.h"
#include "agent/backup/sessions/take_backup.h"
#include "agent/backup/verify.h"
#include "agent/checks/check.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "agent/store/find_roots.h"
#include "tests/support/backup_writer.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store_writer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tree.h"

namespace fleet::agent {

// A home with a root, backups of it, and a clock that the test moves.
class BackupFixture : public ::testing::Test {
 protected:
  static constexpr std::int64_t kNowMs = 1'790'000'000'000;

  static void NoPause(std::chrono::milliseconds) {}
  std::int64_t now_ms() const { return ToMillis(clock_.Now()); }
  static Home HomeOf(const std::string& path) { return HomeAt(path, false).value(); }

  std::vector<BackupSource> Sources(const std::string& home) const {
    std::map<std::string, Unreadable> unreadable;
    return SourcesOf(HomeOf(home), FindRoots(HomeOf(home), unreadable));
  }
  BackupOptions Usual() const { return {.state = dir_ / "state", .only_if_changed = true, .reserve_bytes = 0}; }

  absl::StatusOr<BackupRun> TryTake(const BackupOptions& options) {
    clock_.Advance(std::chrono::seconds(10));
    absl::StatusOr<ArchiveFolder> folder = ArchiveFolder::OfHome(HomeOf(home_));
    if (!folder.ok()) return folder.status();
    return TakeBackup(Sources(home_), *folder, options, HomeOf(home_), now_ms(), NoPause);
  }
  BackupRun Take(bool full = false) {
    BackupOptions options = Usual();
    options.full = full;
    absl::StatusOr<BackupRun> run = TryTake(options);
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? *std::move(run) : BackupRun();
  }

  static BackupVerdict Verify(const std::string& archive, VerifyLevel level = VerifyLevel::kFull) {
    const std::filesystem::path path(archive);
    const auto folder = Directory::OpenRoot(path.parent_path());
    return VerifyWholeBackup(*folder, path.filename(), *ParseBackupName(path.filename().string(), false), level);
  }
  static std::string ErrorOf(const BackupVerdict& verdict) {
    return verdict.errors.empty() ? "" : verdict.errors.front();
  }
  static std::string ManifestOf(const std::string& archive) {
    return archive.substr(0, archive.rfind(".tar.gz")) + ".manifest.json";
  }

  RestoreRequest Request() const {
    RestoreRequest request;
    request.target.home = HomeOf(home_);
    request.state = dir_ / "state";
    return request;
  }
  absl::StatusOr<RestoreRun> TryRestore(const RestoreRequest& request) {
    clock_.Advance(std::chrono::minutes(5));
    return Restore(request, clock_, NoPause);
  }
  RestoreRun MustRestore(const RestoreRequest& request) {
    absl::StatusOr<RestoreRun> run = TryRestore(request);
    EXPECT_TRUE(run.ok()) << run.status();
    if (!run.ok()) return RestoreRun();
    EXPECT_FALSE(run->refusal.has_value()) << run->refusal->text;
    return *std::move(run);
  }
  void Undo(const std::string& journal) {
    RepairEngine::Options options;
    options.state = dir_ / "state";
    options.pause = NoPause;
    const auto undone = RepairEngine(clock_, std::move(options)).Undo(journal);
    ASSERT_TRUE(undone.ok()) << undone.status();
    EXPECT_FALSE(undone->refusal.has_value()) << undone->refusal->text;
  }

  // Codes about the roots of a home, P0 to P2.
  std::vector<std::string> FindingsIn(const std::string& home) const {
    const auto model = Inspect({HomeOf(home), {}}, NoPause);
    std::vector<std::string> codes;
    for (const Finding& finding : CheckHome(*model, now_ms())) {
      if (!finding.root_kind.empty() && finding.severity < Severity::kP3) codes.push_back(finding.code);
    }
    return codes;
  }

  // Hash of every regular file below a folder, by path.
  static std::map<std::string, std::string> Hashes(const std::string& folder) {
    std::map<std::string, std::string> hashes;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      hashes[entry.path().string().substr(folder.size() + 1)] = Sha256Hex(BytesOf(entry.path().string()));
    }
    return hashes;
  }

  TempDir dir_;
  const std::string home_ = dir_ / "home";
  FakeClock clock_{kNowMs};
};

}  // namespace fleet::agent
