#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "agent/backup/verify.h"
#include "agent/store/descriptor.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Files = std::map<std::string, SessionManifest::File>;

Descriptor OpenFile(const Directory& folder, const std::string& name) {
  return Descriptor(openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

// Counts off the files that a later backup takes from an archive.
class Borrowed final : public TarVisitor {
 public:
  Borrowed(const Files& files, const std::string& archive) {
    for (const auto& [path, file] : files) {
      if (file.archive == archive) missing_.emplace(path, file.sha256);
    }
  }

  void Begin(const std::string& path, std::int64_t) override {
    wanted_ = missing_.find(path);
    if (wanted_ != missing_.end()) hash_.emplace();
  }
  void Data(std::string_view bytes) override {
    if (hash_) hash_->Add(bytes);
  }
  void End() override {
    if (hash_ && hash_->Hex() == wanted_->second) missing_.erase(wanted_);
    hash_.reset();
  }

  // The first that is not there with these bytes; empty when all are.
  std::string FirstMissing() const { return missing_.empty() ? "" : missing_.begin()->first; }

 private:
  std::map<std::string, std::string> missing_;  // sums by path
  std::map<std::string, std::string>::iterator wanted_;
  std::optional<Sha256> hash_;
};

class NoVisitor final : public TarVisitor {
 public:
  void Begin(const std::string&, std::int64_t) override {}
  void Data(std::string_view) override {}
  void End() override {}
};

void CheckNeeded(const Directory& folder, const std::string& name, const std::string& sha256, TarVisitor& visitor,
                 const TarLimits& limits, BackupVerdict& verdict) {
  const Descriptor file = OpenFile(folder, name);
  if (!file.valid() && errno == ENOENT) {
    return verdict.Fail(BackupState::kCorrupt, "an earlier archive that it needs is missing: " + ToUtf8(name));
  }
  const auto summary = file.valid() ? WalkTar(file.get(), TarEncoding::kGzip, limits, visitor)
                                    : absl::StatusOr<TarSummary>(FromErrno(errno, "cannot open it"));
  if (!summary.ok()) {
    const bool damaged = absl::IsDataLoss(summary.status());
    return verdict.Fail(
        damaged ? BackupState::kCorrupt : BackupState::kUnverified,
        "an earlier archive that it needs is not good: " + ToUtf8(name) + ": " + MessageOf(summary.status()));
  }
  if (summary->sha256 != sha256) {
    verdict.Fail(BackupState::kChecksumMismatch,
                 "an earlier archive that it needs is another one now: " + ToUtf8(name));
  }
}

// Files below a root that still have size and time of the backup must have its bytes: else a disk, here or there, has
// changed them without being told to.
void CompareWithSource(const SessionManifest& manifest, BackupVerdict& verdict) {
  std::int64_t same = 0;
  std::int64_t changed = 0;
  for (const SessionManifest::Root& root : manifest.roots) {
    const absl::StatusOr<Directory> directory = Directory::OpenRoot(root.path);
    const std::string begin = root.key + "/";
    for (auto file = manifest.files.lower_bound(begin); file != manifest.files.end() && file->first.starts_with(begin);
         ++file) {
      const std::string path = file->first.substr(begin.size());
      const auto stat = directory.ok() ? directory->Stat(path) : absl::StatusOr<FileStat>(directory.status());
      if (!stat.ok() || stat->size != file->second.size || stat->mtime_ms() != file->second.mtime_ms) {
        ++changed;
        continue;
      }
      const absl::StatusOr<std::string> sum = FileSha256(*directory, path);
      if (!sum.ok()) {
        verdict.warnings.push_back("the source cannot be read any more: " + ToUtf8(path));
      } else if (*sum != file->second.sha256) {
        verdict.Fail(BackupState::kChecksumMismatch,
                     "differs from the file on the disk, which has the same size and time: " + ToUtf8(path));
      } else {
        ++same;
      }
    }
  }
  verdict.warnings.push_back("of the files on the disk " + std::to_string(same) + " are as in the backup, " +
                             std::to_string(changed) + " have changed or gone since");
}

}  // namespace

BackupVerdict VerifyWholeBackup(const Directory& folder, const std::string& name, const BackupName& what,
                                VerifyLevel level, const TarLimits& limits) {
  BackupVerdict verdict = VerifyBackup(folder, name, what, level, limits);
  if (!verdict.has_manifest || what.kind != BackupKind::kSessions || verdict.state != BackupState::kGood) {
    return verdict;
  }
  if (verdict.needs.empty() && level < VerifyLevel::kDeep) return verdict;
  const absl::StatusOr<SessionManifest> manifest = ReadSessionManifest(folder, name);
  if (!manifest.ok()) {
    verdict.Fail(BackupState::kUnverified, MessageOf(manifest.status()));
    return verdict;
  }
  for (const auto& [archive, sha256] : manifest->needs) {
    if (level < VerifyLevel::kFull) {
      NoVisitor nothing;
      CheckNeeded(folder, archive, sha256, nothing, limits, verdict);
      continue;
    }
    Borrowed borrowed(manifest->files, archive);
    CheckNeeded(folder, archive, sha256, borrowed, limits, verdict);
    if (const std::string missing = borrowed.FirstMissing(); !missing.empty()) {
      verdict.Fail(BackupState::kCorrupt, ToUtf8(archive) + " does not hold " + ToUtf8(missing));
    }
  }
  if (level >= VerifyLevel::kDeep) CompareWithSource(*manifest, verdict);
  return verdict;
}

absl::StatusOr<SessionManifest> ReadSessionManifest(const Directory& folder, const std::string& archive) {
  PaddedText bytes;
  FileStat stat;
  const std::string name = ManifestNameOf(BackupName{}, archive);
  if (name.empty()) return NotFound("no archive has that name: " + ToUtf8(archive));
  RETURN_IF_ERROR(folder.Read(name, kMostManifestBytes, bytes, stat));
  return ParseSessionManifest(bytes.view());
}

absl::StatusOr<std::string> FileSha256(const Directory& folder, const std::string& name) {
  const std::size_t slash = name.rfind('/');
  ASSIGN_OR_RETURN(const Directory parent, folder.Open(slash == std::string::npos ? "." : name.substr(0, slash)));
  const Descriptor file = OpenFile(parent, name.substr(slash + 1));
  if (!file.valid()) return FromErrno(errno, "cannot open " + ToUtf8(name));
  struct stat found {};
  if (fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return FailedPrecondition("cannot read " + ToUtf8(name) + ": it is not a regular file");
  }
  Sha256 hash;
  std::vector<char> buffer(1 << 16);
  for (;;) {
    const ssize_t n = read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot read " + ToUtf8(name));
    if (n == 0) return hash.Hex();
    hash.Add({buffer.data(), static_cast<std::size_t>(n)});
  }
}

}  // namespace fleet::agent
