#include "agent/backup/verify.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "agent/backup/backup_folder.h"
#include "agent/backup/manifest.h"
#include "agent/backup/session_archive.h"
#include "agent/backup/snapshot.h"
#include "agent/store/descriptor.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMostChecksum = 4096;

BackupVerdict Failed(BackupState state, std::string why) {
  BackupVerdict verdict;
  verdict.Fail(state, std::move(why));
  return verdict;
}

// nullopt when there is none.
absl::StatusOr<std::optional<std::string>> ReadBeside(const Directory& folder, const std::string& name,
                                                      std::int64_t limit) {
  PaddedText bytes;
  FileStat stat;
  const absl::Status read = folder.Read(name, limit, bytes, stat);
  if (ErrnoOf(read) == ENOENT) return std::nullopt;
  RETURN_IF_ERROR(read);
  return std::string(bytes.view());
}

template <class Manifest>
absl::StatusOr<std::optional<Manifest>> ManifestBeside(const Directory& folder, const std::string& name,
                                                       absl::StatusOr<Manifest> (*parse)(std::string_view)) {
  ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadBeside(folder, name, kMostManifestBytes));
  if (!text) return std::nullopt;
  ASSIGN_OR_RETURN(Manifest manifest, parse(*text));
  return manifest;
}

absl::StatusOr<std::string> ChecksumBeside(const Directory& folder, const std::string& name) {
  for (const char* end : {".checksum", ".sha256"}) {
    ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadBeside(folder, name + end, kMostChecksum));
    if (!text) continue;
    std::string hash = ParseChecksumFile(*text);
    if (hash.empty()) return DataLoss("its checksum file holds no SHA-256");
    return hash;
  }
  return "";
}

BackupVerdict VerifyFile(int fd, const Directory& folder, const std::string& name, const BackupName& what,
                         VerifyLevel level, const TarLimits& limits) {
  const auto failed = [](const absl::Status& status) {
    return Failed(absl::IsDataLoss(status) ? BackupState::kCorrupt : BackupState::kUnverified, MessageOf(status));
  };
  const std::string beside = ManifestNameOf(what, name);
  if (what.kind == BackupKind::kSessions) {
    const auto manifest = ManifestBeside(folder, beside, ParseSessionManifest);
    if (!manifest.ok()) return failed(manifest.status());
    return VerifySessionArchive(fd, *manifest, level, limits);
  }
  const auto manifest = ManifestBeside(folder, beside, ParseSnapshotManifest);
  if (!manifest.ok()) return failed(manifest.status());
  const absl::StatusOr<std::string> checksum = ChecksumBeside(folder, name);
  if (!checksum.ok()) return failed(checksum.status());
  BackupVerdict verdict = VerifySnapshot(fd, *manifest, *checksum, limits);
  if (verdict.collection.empty()) verdict.collection = what.collection;
  return verdict;
}

}  // namespace

BackupVerdict VerifyBackup(const Directory& folder, const std::string& name, const BackupName& what, VerifyLevel level,
                           const TarLimits& limits) {
  if (what.is_folder) {
    const absl::StatusOr<Directory> opened = folder.Open(name);
    if (!opened.ok()) return Failed(BackupState::kUnverified, MessageOf(opened.status()));
    return VerifyBackupFolder(*opened);
  }
  const Descriptor file(openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return Failed(BackupState::kUnverified, MessageOf(FromErrno(errno, "cannot open")));
  struct stat before {};
  if (fstat(file.get(), &before) != 0 || !S_ISREG(before.st_mode)) {
    return Failed(BackupState::kUnverified, "it is not a regular file");
  }
  if (before.st_size == 0) return Failed(BackupState::kCorrupt, "it is empty");
  BackupVerdict verdict = VerifyFile(file.get(), folder, name, what, level, limits);
  struct stat after {};
  if (fstat(file.get(), &after) != 0 || after.st_size != before.st_size ||
      after.st_mtim.tv_sec != before.st_mtim.tv_sec || after.st_mtim.tv_nsec != before.st_mtim.tv_nsec) {
    return Failed(BackupState::kUnverified, "it changed while it was read");
  }
  return verdict;
}

}  // namespace fleet::agent
