#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fleet::agent {

enum class BackupKind : std::uint8_t { kSessions, kQdrant };

// What reading a backup through to its end said of it.
enum class BackupState : std::uint8_t {
  kUnverified,  // not read yet, still being written, or not readable now: neither good nor bad
  kGood,
  kCorrupt,           // the archive or its manifest cannot be read, or holds what no backup holds
  kChecksumMismatch,  // readable, and not what its manifest announces
};

// One backup found on disk.
struct Backup {
  BackupKind kind = BackupKind::kSessions;
  std::string path;  // absolute
  BackupState state = BackupState::kUnverified;
  std::string problem;  // why it is not good; empty when it is
  bool has_manifest = false;
  std::int64_t made_ms = 0;
  std::int64_t size = 0;
  std::int64_t files = 0;              // in it, when it is good
  std::set<std::string> roots;         // sessions: paths of this home's data roots that it holds
  std::string collection;              // Qdrant
  std::optional<std::int64_t> points;  // Qdrant: exact count, when the manifest tells it

  bool good() const { return state == BackupState::kGood; }
  bool bad() const { return state == BackupState::kCorrupt || state == BackupState::kChecksumMismatch; }
};

// How well one data root with sessions in it is backed up.
struct RootBackup {
  std::string root;                   // its path
  std::optional<std::size_t> newest;  // the newest good backup of it, in BackupFacts::backups
  // The earliest change after that backup, which a loss now would take away. nullopt: everything is in it.
  std::optional<std::int64_t> unsaved_since_ms;
  std::set<std::string> session_ids;  // in that backup
};

// The backups found for a home: of sessions and of Qdrant.
struct BackupFacts {
  std::vector<Backup> backups;  // the newest first
  std::vector<RootBackup> roots;
  std::set<std::string> session_ids;  // in the newest good backups of the roots
  bool complete = true;               // every place where backups may be could be looked into

  // The newest good one of a collection; nullptr when there is none.
  const Backup* NewestSnapshot(const std::string& collection) const {
    for (const Backup& backup : backups) {
      if (backup.kind == BackupKind::kQdrant && backup.good() && backup.collection == collection) return &backup;
    }
    return nullptr;
  }
  bool HasUnverified(BackupKind kind) const {
    for (const Backup& backup : backups) {
      if (backup.kind == kind && backup.state == BackupState::kUnverified) return true;
    }
    return false;
  }
};

}  // namespace fleet::agent
