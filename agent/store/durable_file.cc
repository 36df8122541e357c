#include "agent/store/durable_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string ParentOf(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

}  // namespace

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return SyncFolder(ParentOf(path));
  if (errno == EEXIST) return absl::OkStatus();
  if (errno != ENOENT || ParentOf(path) == path) return FromErrno(errno, "cannot make folder " + ToUtf8(path));
  RETURN_IF_ERROR(MakeFolder(ParentOf(path)));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return FromErrno(errno, "cannot make folder " + ToUtf8(path));
  }
  return SyncFolder(ParentOf(path));
}

absl::Status SyncFolder(const std::string& path) {
  const Descriptor folder(open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return FromErrno(errno, "cannot open folder " + ToUtf8(path));
  if (fsync(folder.get()) != 0 && errno != EINVAL) return FromErrno(errno, "cannot sync folder " + ToUtf8(path));
  return absl::OkStatus();
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return FromErrno(errno, "cannot remove " + ToUtf8(path));
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status WriteDurably(const std::string& path, std::string_view bytes) {
  const std::string staged = path + ".new";
  const Descriptor file(open(staged.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(staged));
  absl::Status status = WriteAll(file.get(), bytes);
  if (status.ok() && fsync(file.get()) != 0) status = FromErrno(errno, "cannot sync");
  if (status.ok() && rename(staged.c_str(), path.c_str()) != 0) status = FromErrno(errno, "cannot put in place");
  if (status.ok()) return SyncFolder(ParentOf(path));
  unlink(staged.c_str());
  return Annotate(status, ToUtf8(path));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, std::int64_t limit) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return FromErrno(errno, "cannot open " + ToUtf8(path));
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t n = read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot read " + ToUtf8(path));
    if (n == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(n));
    if (static_cast<std::int64_t>(bytes.size()) > limit) {
      return ResourceExhausted("will not read " + ToUtf8(path) + ": it is larger than " + std::to_string(limit) +
                               " bytes");
    }
  }
}

absl::StatusOr<std::string> HashAndCopy(int from, int to) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!hash || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) return Internal("SHA-256 is not available");
  std::vector<char> buffer(1 << 16);
  for (;;) {
    const ssize_t n = read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "cannot read");
    if (n == 0) break;
    EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(n));
    if (to >= 0) RETURN_IF_ERROR(WriteAll(to, {buffer.data(), static_cast<std::size_t>(n)}));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_DigestFinal_ex(hash.get(), digest.data(), &size);
  return HexText({reinterpret_cast<const char*>(digest.data()), size});
}

absl::StatusOr<std::string> CopyDurably(int from, const std::string& to) {
  const Descriptor file(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(to));
  absl::StatusOr<std::string> sha256 = HashAndCopy(from, file.get());
  if (sha256.ok() && fsync(file.get()) != 0) sha256 = FromErrno(errno, "cannot sync");
  if (sha256.ok()) return sha256;
  unlink(to.c_str());
  return Annotate(sha256.status(), ToUtf8(to));
}

}  // namespace fleet::agent
