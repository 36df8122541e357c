#include "agent/store/root_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "agent/store/durable_file.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

absl::Status Lock(int fd, const std::string& root) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return FromErrno(errno, "cannot lock " + ToUtf8(root));
  return Unavailable("another repair or backup works on " + ToUtf8(root) + "; try again when it is done");
}

}  // namespace

absl::StatusOr<RootLock> RootLock::Take(const std::string& root, const std::string& state) {
  Descriptor directory(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return FromErrno(errno, "cannot open " + ToUtf8(root));
  const absl::Status status = Lock(directory.get(), root);
  if (status.ok()) return RootLock(std::move(directory));
  if (absl::IsUnavailable(status)) return status;

  const std::string folder = state + "/locks";
  RETURN_IF_ERROR(MakeFolder(folder));
  const std::string path = folder + "/" + Sha256Hex(root).substr(0, 32);
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(path));
  RETURN_IF_ERROR(Lock(file.get(), root));
  return RootLock(std::move(file));
}

}  // namespace fleet::agent
