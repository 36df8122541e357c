#pragma once

#include "agent/backup/verdict.h"
#include "agent/store/directory.h"

namespace fleet::agent {

// Whether a folder that an older program left as a copy holds at least one readable document of a session. Nothing is
// said about what it lacks. Follows no link; blocks on the disk; any thread.
BackupVerdict VerifyBackupFolder(const Directory& folder);

}  // namespace fleet::agent
