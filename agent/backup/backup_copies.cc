#include "agent/backup/backup_copies.h"

#include <utility>

#include "agent/backup/root_key.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostBackups = 20;
constexpr std::int64_t kMostKept = std::int64_t{64} << 20;

}  // namespace

BackupCopies::BackupCopies(std::vector<Candidate> newest_first, const Root& root, std::set<std::string> likely)
    : candidates_(std::move(newest_first)),
      root_path_(root.path),
      root_key_(RootKeyOf(root)),
      likely_(std::move(likely)) {
  if (candidates_.size() > kMostBackups) candidates_.resize(kMostBackups);
  opened_.resize(candidates_.size());
}

BackupCopies::Opened& BackupCopies::OpenedAt(std::size_t i) {
  if (opened_[i]) return *opened_[i];
  opened_[i] = std::make_unique<Opened>();
  Opened& opened = *opened_[i];
  absl::StatusOr<OpenedBackup> backup =
      OpenedBackup::Open(candidates_[i].folder, candidates_[i].name, candidates_[i].what);
  if (!backup.ok() || !backup->has_manifest()) return opened;
  for (const SessionManifest::Root& root : backup->manifest().roots) {
    if (root.path == root_path_ || (opened.begin.empty() && root.key == root_key_)) opened.begin = root.key + "/";
  }
  if (!opened.begin.empty()) opened.backup = *std::move(backup);
  return opened;
}

std::optional<std::string> BackupCopies::Bytes(Opened& opened, const std::string& path) const {
  if (const auto kept = opened.kept.find(path); kept != opened.kept.end()) return kept->second;
  const auto& files = opened.backup->manifest().files;
  const auto is_good = [&](const std::string& below) {
    const auto file = files.find(opened.begin + below);
    return file != files.end() && !file->second.damaged && !file->second.gone;
  };
  if (!is_good(path)) return std::nullopt;
  std::set<std::string> members = {opened.begin + path};
  std::int64_t bytes = 0;
  for (const std::string& other : likely_) {
    if (!is_good(other) || opened.kept.contains(other)) continue;
    bytes += files.at(opened.begin + other).size;
    if (bytes > kMostKept) break;
    members.insert(opened.begin + other);
  }
  const absl::Status extracted = opened.backup->Extract(members, [&](const std::string& member, std::string_view text) {
    opened.kept[member.substr(opened.begin.size())] = text;
    return absl::OkStatus();
  });
  const auto kept = opened.kept.find(path);
  if (!extracted.ok() || kept == opened.kept.end()) return std::nullopt;
  return kept->second;
}

std::optional<BackupCopy> BackupCopies::Newest(const std::string& path,
                                               absl::FunctionRef<bool(std::string_view bytes)> accepts) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Opened& opened = OpenedAt(i);
    if (!opened.backup) continue;
    std::optional<std::string> bytes = Bytes(opened, path);
    if (!bytes || !accepts(*bytes)) continue;
    return BackupCopy{*std::move(bytes), opened.backup->manifest().created_ms, opened.backup->path()};
  }
  return std::nullopt;
}

}  // namespace fleet::agent
