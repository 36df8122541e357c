#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "agent/bundle/bundle.h"
#include "agent/store/descriptor.h"
#include "agent/store/durable_file.h"
#include "common/random_id.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

absl::Status FromArchive(archive* writer, const char* what) {
  const char* text = archive_error_string(writer);
  const int error = archive_errno(writer);
  if (error > 0) return FromErrno(error, what);
  return Internal(std::string(what) + ": " + (text == nullptr ? "unknown" : text));
}

absl::Status WriteMembers(int fd, const Bundle& bundle, std::int64_t now_ms) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  if (writer == nullptr || archive_write_set_format_pax_restricted(writer.get()) != ARCHIVE_OK ||
      archive_write_add_filter_zstd(writer.get()) != ARCHIVE_OK) {
    return Internal("libarchive cannot write tar.zst");
  }
  if (archive_write_open_fd(writer.get(), fd) != ARCHIVE_OK) return FromArchive(writer.get(), "cannot write");
  for (const Bundle::Member& member : bundle.members()) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), member.path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_mtime(entry.get(), now_ms / 1000, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.bytes.size()));
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK ||
        archive_write_data(writer.get(), member.bytes.data(), member.bytes.size()) !=
            static_cast<la_ssize_t>(member.bytes.size())) {
      return FromArchive(writer.get(), "cannot write");
    }
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return FromArchive(writer.get(), "cannot write");
  if (fsync(fd) != 0) return FromErrno(errno, "cannot sync");
  return absl::OkStatus();
}

// Rename replaces a link at the place, it does not follow it.
absl::Status PutInPlace(const std::string& staged, const std::string& path, bool force) {
  if (force) {
    if (rename(staged.c_str(), path.c_str()) == 0) return absl::OkStatus();
    return FromErrno(errno, "cannot put in place");
  }
  // A second name never takes the place of what is there.
  if (link(staged.c_str(), path.c_str()) == 0) return RemoveFile(staged);
  if (errno == EEXIST) return AlreadyExists("it is there already; name another file, or give --force to replace it");
  if (renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return absl::OkStatus();
  return FromErrno(errno, "cannot put in place");
}

}  // namespace

absl::Status WriteBundle(const Bundle& bundle, const std::string& path, bool force, std::int64_t now_ms) {
  const std::string context = "bundle " + ToUtf8(path);
  struct stat there {};
  if (!force && lstat(path.c_str(), &there) == 0) {
    return AlreadyExists(context + ": it is there already; name another file, or give --force to replace it");
  }
  const std::string staged = path + "." + RandomId("new");
  const Descriptor file(open(staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid())
    return Annotate(FromErrno(errno, "cannot create the file; name a folder you can write to"), context);
  absl::Status status = WriteMembers(file.get(), bundle, now_ms);
  if (status.ok()) status = PutInPlace(staged, path, force);
  if (!status.ok()) {
    unlink(staged.c_str());
    return Annotate(status, context);
  }
  const std::size_t slash = path.rfind('/');
  return SyncFolder(slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace fleet::agent
