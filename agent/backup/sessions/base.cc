#include "agent/backup/sessions/base.h"

#include <algorithm>

#include "agent/backup/backup_name.h"
#include "agent/backup/verify.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kLongestChainMs = std::int64_t{7} * 24 * 3'600'000;
constexpr std::size_t kLongestChain = 30;

}  // namespace

BackupBase BackupBase::Newest(const ArchiveFolder& folder) {
  BackupBase base(folder);
  std::vector<std::string> names = folder.Names().value_or(std::vector<std::string>());
  std::reverse(names.begin(), names.end());  // their times are in their names
  for (const std::string& name : names) {
    if (!name.starts_with("sessions_") || !name.ends_with(".tar.gz")) continue;
    absl::StatusOr<SessionManifest> manifest = ReadSessionManifest(folder.directory(), name);
    if (!manifest.ok()) continue;
    base.archive_ = name;
    base.manifest_ = *std::move(manifest);
    break;
  }
  return base;
}

bool BackupBase::IsUsedUp(std::int64_t now_ms) const {
  if (!manifest_ || manifest_->needs.size() >= kLongestChain) return true;
  std::int64_t oldest = manifest_->created_ms;
  for (const auto& [name, sha256] : manifest_->needs) {
    const std::optional<BackupName> parsed = ParseBackupName(name, false);
    if (parsed && parsed->made_ms) oldest = std::min(oldest, *parsed->made_ms);
  }
  return now_ms - oldest > kLongestChainMs;
}

std::string BackupBase::ArchiveOf(const std::string& member, const std::string& sha256,
                                  std::map<std::string, std::string>& needs) const {
  if (!manifest_) return "";
  const auto file = manifest_->files.find(member);
  if (file == manifest_->files.end() || file->second.sha256 != sha256) return "";
  const bool own = file->second.archive.empty();
  const std::string& archive = own ? archive_ : file->second.archive;
  const std::string& sum = own ? manifest_->archive_sha256 : manifest_->needs.at(archive);
  if (!HasSum(archive, sum)) return "";
  needs[archive] = sum;
  return archive;
}

bool BackupBase::IsWhole() const {
  return manifest_ && HasSum(archive_, manifest_->archive_sha256) &&
         std::all_of(manifest_->needs.begin(), manifest_->needs.end(),
                     [&](const auto& need) { return HasSum(need.first, need.second); });
}

bool BackupBase::HasSum(const std::string& archive, const std::string& sha256) const {
  auto known = whole_.find(archive);
  if (known == whole_.end()) {
    const absl::StatusOr<std::string> found = FileSha256(folder_.directory(), archive);
    known = whole_.emplace(archive, found.ok() && *found == sha256).first;
  }
  return known->second;
}

}  // namespace fleet::agent
