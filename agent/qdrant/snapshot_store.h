#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/backup/backup_name.h"
#include "agent/backup/verdict.h"
#include "agent/qdrant/admin.h"

namespace fleet::agent {

// Snapshots of collections in a folder of this machine: <collection>_<time>.snapshot and, written last, the manifest
// <same>.json. Blocks on the network and the disk.

// A backup that was made or found.
struct StoredSnapshot {
  std::string path = {};
  std::string collection = {};
  std::int64_t made_ms = 0;
  std::int64_t size = 0;
  std::string sha256 = {};
  std::optional<std::int64_t> points = {};  // exact, as the manifest says
  BackupState state = BackupState::kUnverified;
  std::string problem = {};  // why it is not good
  bool is_copy = false;
  bool has_manifest = false;
};

enum class SnapshotUse : std::uint8_t {
  kBackup,
  kCopyBeforeRestore,  // "<collection>_backup_<time>.snapshot"
};

// Has the server make a snapshot, brings it here, verifies it and removes it from the server again. Nothing with the
// name of a backup is left when that fails. Reasons: "no_space", "size_differs", "checksum_differs",
// "snapshot_damaged", and those of QdrantAdmin.
absl::StatusOr<StoredSnapshot> StoreSnapshot(const QdrantAdmin& admin, const std::string& collection,
                                             const std::string& folder, SnapshotUse use, std::int64_t now_ms);

// Reads one through to its end.
absl::StatusOr<StoredSnapshot> VerifyStored(const std::string& path);

// Those of one collection, or of all ("") in these folders, the newest first, by their names only. A folder that is not
// there holds none.
std::vector<StoredSnapshot> ListStored(const std::vector<std::string>& folders, const std::string& collection);

}  // namespace fleet::agent
