#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/backup/backup_name.h"
#include "agent/backup/manifest.h"
#include "agent/backup/tar_walk.h"
#include "agent/backup/verdict.h"
#include "agent/store/directory.h"

namespace fleet::agent {

// Verifies the backup `name` in an open folder, with the manifest that lies beside it: follows no link, never writes.
// Unverified when it cannot be read, or changes meanwhile. Blocks on the disk; any thread.
BackupVerdict VerifyBackup(const Directory& folder, const std::string& name, const BackupName& what, VerifyLevel level,
                           const TarLimits& limits = {});

// The same, and whether every earlier archive that it needs lies beside it as it was then; from kFull on also whether
// those hold every file that it takes from them, and with kDeep whether the files on the disk that have neither
// another size nor another time still have the same bytes.
BackupVerdict VerifyWholeBackup(const Directory& folder, const std::string& name, const BackupName& what,
                                VerifyLevel level, const TarLimits& limits = {});

// The manifest beside an archive. NotFound when there is none, DataLoss when it is damaged.
absl::StatusOr<SessionManifest> ReadSessionManifest(const Directory& folder, const std::string& archive);

// Of a file in a folder, read whole; a link is not followed.
absl::StatusOr<std::string> FileSha256(const Directory& folder, const std::string& name);

}  // namespace fleet::agent
