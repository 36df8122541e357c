#include "agent/backup/folders.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

absl::Status Sync(int fd) {
  if (fsync(fd) != 0 && errno != EINVAL) return FromErrno(errno, "cannot sync");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Directory> MakeFolderBelow(const Directory& parent, const std::string& name, uid_t owner) {
  const bool made = mkdirat(parent.fd(), name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return FromErrno(errno, "cannot make the folder " + ToUtf8(name));
  ASSIGN_OR_RETURN(Directory directory, parent.Open(name));
  if (!made) return directory;
  if (geteuid() == 0 && owner != 0 && fchown(directory.fd(), owner, static_cast<gid_t>(-1)) != 0) {
    return FromErrno(errno, "cannot give the folder " + ToUtf8(name) + " to its owner");
  }
  RETURN_IF_ERROR(Sync(parent.fd()));
  return directory;
}

absl::StatusOr<Directory> MakeFolders(const std::string& absolute, uid_t owner) {
  std::filesystem::path there = absolute;
  std::vector<std::string> missing;
  std::error_code error;
  while (!std::filesystem::exists(there, error) && there != there.root_path()) {
    missing.push_back(there.filename());
    there = there.parent_path();
  }
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(there));
  for (; !missing.empty(); missing.pop_back()) {
    ASSIGN_OR_RETURN(directory, MakeFolderBelow(directory, missing.back(), owner));
  }
  return directory;
}

}  // namespace fleet::agent
