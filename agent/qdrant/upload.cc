#include "agent/qdrant/upload.h"

#include <algorithm>
#include <filesystem>

#include "agent/qdrant/reason.h"
#include "agent/qdrant/temporary.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

// What was uploaded just now, and nothing else: of the same bytes, as far as the server tells.
bool IsUploaded(const ServerSnapshot& listed, const StoredSnapshot& snapshot) {
  return listed.size == snapshot.size && (listed.checksum.empty() || listed.checksum == snapshot.sha256);
}

}  // namespace

absl::Status RestoreInto(const QdrantAdmin& admin, const std::string& collection, const StoredSnapshot& snapshot) {
  const absl::StatusOr<std::vector<ServerSnapshot>> before = admin.Snapshots(collection);
  const absl::Status restored = admin.Upload(collection, snapshot.path, snapshot.sha256);
  if (!restored.ok() && ReasonOf(restored) != "rejected" && ReasonOf(restored) != "server_error") return restored;
  const absl::StatusOr<std::vector<ServerSnapshot>> after = admin.Snapshots(collection);
  if (!after.ok()) return restored;
  const std::string name = std::filesystem::path(snapshot.path).filename();
  for (const ServerSnapshot& listed : *after) {
    // The folder of a collection that was not there may still hold what was made of an earlier one of its name.
    const bool is_new = before.ok() ? std::none_of(before->begin(), before->end(),
                                                   [&](const auto& other) { return other.name == listed.name; })
                                    : IsTemporary(collection) || listed.name == name;
    // That it stays does not matter to the restore.
    if (is_new && IsUploaded(listed, snapshot)) (void)admin.DeleteSnapshot(collection, listed.name);
  }
  return restored;
}

}  // namespace fleet::agent
