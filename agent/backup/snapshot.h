#pragma once

#include <optional>
#include <string>

#include "agent/backup/manifest.h"
#include "agent/backup/tar_walk.h"
#include "agent/backup/verdict.h"

namespace fleet::agent {

// Whether the file at the start of `fd` is a usable snapshot of a Qdrant collection: a whole tar archive with the
// collection's configuration in it, as announced by its manifest or by the server's checksum file (64 hex digits, or
// empty). Blocks on the disk; any thread.
BackupVerdict VerifySnapshot(int fd, const std::optional<SnapshotManifest>& manifest, const std::string& checksum,
                             const TarLimits& limits);

}  // namespace fleet::agent
