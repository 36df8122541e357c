#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/sha256.h"
#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHourMs = 3'600'000;

std::string Folder(const Victims& victims) { return victims.home() + "/backups/sessions"; }

// The newest archive that has a manifest; empty when there is none.
std::string NewestArchive(const Victims& victims) {
  std::string newest;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Folder(victims), error)) {
    const std::string path = entry.path().string();
    const std::string stem = path.substr(0, path.rfind(".tar.gz"));
    if (stem != path && fs::exists(stem + ".manifest.json")) newest = std::max(newest, path);
  }
  return newest;
}
std::string ManifestOf(const std::string& archive) {
  return archive.substr(0, archive.rfind(".tar.gz")) + ".manifest.json";
}

std::string Read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}
void Write(const std::string& path, const std::string& bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.exceptions(std::ios::failbit | std::ios::badbit);
  stream << bytes;
}
void SetMtime(const std::string& path, std::int64_t ms) {
  const timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  const timespec times[2] = {time, time};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
}

Injected Expect(std::string code, Severity severity, std::string path) {
  return {.name = "",
          .code = std::move(code),
          .severity = severity,
          .path = std::move(path),
          .subject_id = "",
          .repairable = false};
}

// Changes the bytes of the newest archive or of its manifest. There is no other good one.
Inject Damage(bool manifest, std::string code, std::string (*change)(std::string)) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const std::string archive = NewestArchive(victims);
    if (archive.empty()) return NothingToBreak("backup of sessions");
    const std::string path = manifest ? ManifestOf(archive) : archive;
    Write(path, change(Read(path)));
    return Expect(code, Severity::kP1, archive);
  };
}

absl::StatusOr<Injected> Gone(Victims& victims) {
  if (NewestArchive(victims).empty()) return NothingToBreak("backup of sessions");
  fs::create_directories(victims.home() + "/moved-away");
  fs::rename(Folder(victims), victims.home() + "/moved-away/sessions");
  return Expect("BACKUP_NONE", Severity::kP2, Folder(victims));
}

// Work of the last hour, and the backups ended long before.
absl::StatusOr<Injected> Stale(Victims& victims) {
  const std::string archive = NewestArchive(victims);
  const std::optional<Victim> victim = victims.Main();
  if (archive.empty() || !victim) return NothingToBreak("backup of sessions");
  using std::chrono::system_clock;
  const std::int64_t now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
  SetMtime(archive, now_ms - 10 * kHourMs);
  victim->root->SetMtimeMs(victim->root->InfoPath(victim->id), now_ms - kHourMs);
  return Expect("BACKUP_STALE", Severity::kP3, victim->root->path);
}

}  // namespace

void AddBackupFaults(std::vector<Fault>& faults) {
  faults.push_back({{"backup-gone", "the folder with the backups was moved away"}, Gone});
  faults.push_back({{"backup-stale", "an hour of work, and no backup for ten"}, Stale});
  faults.push_back(
      {{"backup-truncated", "the disk was full while the backup was copied: half an archive"},
       Damage(false, "BACKUP_CORRUPT", [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); })});
  faults.push_back({{"backup-empty", "an archive of no bytes"},
                    Damage(false, "BACKUP_CORRUPT", [](std::string) { return std::string(); })});
  faults.push_back(
      {{"backup-nul", "an archive that a power cut filled with zeros"},
       Damage(false, "BACKUP_CORRUPT", [](std::string bytes) { return std::string(bytes.size(), '\0'); })});
  faults.push_back(
      {{"backup-manifest-truncated", "half a manifest"},
       Damage(true, "BACKUP_CORRUPT", [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); })});
  faults.push_back({{"backup-mixed-up", "the manifest is that of another archive"},
                    Damage(true, "BACKUP_CHECKSUM_MISMATCH", [](std::string bytes) {
                      Json manifest = Json::parse(bytes, nullptr, false);
                      manifest["archive_sha256"] = std::string(64, 'a');
                      manifest.erase("manifest_sha256");
                      std::string text = manifest.dump();
                      text.pop_back();
                      return text + ",\"manifest_sha256\":\"" + Sha256Hex(text) + "\"}\n";
                    })});
}

}  // namespace fleet
