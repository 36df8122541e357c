#include "agent/cli/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

absl::Status WriteNewFile(const std::string& path, std::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) {
    return AlreadyExists("cannot write " + ToPrintable(path) + ": it exists; name a new file or remove that one");
  }
  if (fd < 0) return FromErrno(errno, "cannot write " + ToPrintable(path));
  absl::Status written = WriteAll(fd, bytes);
  if (close(fd) != 0 && written.ok()) written = FromErrno(errno, "cannot write " + ToPrintable(path));
  if (!written.ok()) unlink(path.c_str());
  return written;
}

}  // namespace fleet::agent
