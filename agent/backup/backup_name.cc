#include "agent/backup/backup_name.h"

#include <re2/re2.h>

#include <chrono>

namespace fleet::agent {

namespace {

constexpr std::string_view kArchiveEnd = ".tar.gz";
constexpr std::string_view kSnapshotEnd = ".snapshot";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

// Year to second, with whatever stands between them.
std::optional<std::int64_t> TimeIn(std::string_view text) {
  static const RE2 kTime(R"((\d{4})-?(\d\d)-?(\d\d)[_-](\d\d)-?(\d\d)-?(\d\d)(?:\.|$))");
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!RE2::PartialMatch(Piece(text), kTime, &year, &month, &day, &hour, &minute, &second)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto seconds = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                       std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::chrono::duration_cast<std::chrono::milliseconds>(seconds).count();
}

std::optional<BackupName> FolderName(std::string_view name) {
  static const RE2 kFolder(R"(sessions\.backup\.\d{8}|(?:rollback|pre-restore)-\d{8}-\d{6})");
  if (!RE2::FullMatch(Piece(name), kFolder)) return std::nullopt;
  return BackupName{.kind = BackupKind::kSessions, .is_folder = true, .made_ms = TimeIn(name), .collection = ""};
}

std::optional<BackupName> SnapshotName(std::string_view name) {
  // Ours, the copy made before a restore, and the server's own with the number of its peer.
  static const RE2 kSnapshot(
      R"((.+?)(?:_backup_\d{8}_\d{6}|_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d|-\d+-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)\.snapshot)");
  BackupName snapshot{.kind = BackupKind::kQdrant, .is_folder = false, .made_ms = TimeIn(name), .collection = ""};
  if (!RE2::FullMatch(Piece(name), kSnapshot, &snapshot.collection)) {
    snapshot.collection = name.substr(0, name.size() - kSnapshotEnd.size());
  }
  return snapshot;
}

}  // namespace

std::optional<BackupName> ParseBackupName(std::string_view name, bool is_folder) {
  if (is_folder) return FolderName(name);
  if (EndsWith(name, kSnapshotEnd)) return SnapshotName(name);
  static const RE2 kArchive(R"(sessions[_-].+\.tar\.gz|backup-\d{8}\.tar\.gz)");
  if (!RE2::FullMatch(Piece(name), kArchive)) return std::nullopt;
  return BackupName{.kind = BackupKind::kSessions, .is_folder = false, .made_ms = TimeIn(name), .collection = ""};
}

std::string ManifestNameOf(const BackupName& backup, std::string_view name) {
  const std::string_view end = backup.kind == BackupKind::kQdrant ? kSnapshotEnd : kArchiveEnd;
  if (!EndsWith(name, end)) return "";
  const std::string stem(name.substr(0, name.size() - end.size()));
  return stem + (backup.kind == BackupKind::kQdrant ? ".json" : ".manifest.json");
}

}  // namespace fleet::agent
