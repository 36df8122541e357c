#pragma once

#include <optional>

#include "agent/backup/manifest.h"
#include "agent/backup/tar_walk.h"
#include "agent/backup/verdict.h"

namespace fleet::agent {

// Whether the tar.gz at the start of `fd` is a usable backup of sessions: readable to its end, as its manifest says,
// and, without a manifest, with at least one readable document of a session. Blocks on the disk; any thread.
BackupVerdict VerifySessionArchive(int fd, const std::optional<SessionManifest>& manifest, VerifyLevel level,
                                   const TarLimits& limits);

}  // namespace fleet::agent
