#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "agent/backup/manifest.h"
#include "agent/backup/opened_backup.h"
#include "agent/backup/sessions/restore.h"
#include "agent/store/layout.h"

namespace fleet::agent {

// One document of the backup and where it belongs.
struct WantedFile {
  std::string path;    // below the root
  std::string member;  // in the backup
  Place place;
  SessionManifest::File file;
};

// A root, or the folder of a configuration, that something is to be restored to.
struct RestoreTarget {
  std::string key;  // in the backup
  bool is_configuration = false;
  Root root;
  bool exists = false;
  std::vector<WantedFile> files;
  std::vector<std::string> skipped;  // sentences
};

// Where everything goes: each root of the backup to the root of the same key, one that is not there to its place below
// the data home; what an older program saved without keys to the only root there is. InvalidArgument when it has to be
// told. Pure but for looking where a root is.
absl::StatusOr<std::vector<RestoreTarget>> RestoreTargets(const RestoreRequest& request, const OpenedBackup& backup,
                                                          const std::vector<Root>& roots);

// Leaves only one session in it with all below it: their documents, and the index that lists the session itself.
// NotFound when the backup does not hold it. Reads the infos and records of the backup.
absl::Status KeepOnlySession(const std::string& session, const OpenedBackup& backup,
                             std::vector<RestoreTarget>& targets);

}  // namespace fleet::agent
