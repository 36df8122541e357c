#include "agent/backup/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <cerrno>

#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

struct ArchiveWriter::Output {
  explicit Output(int to) : fd(to), writer(archive_write_new(), archive_write_free) {}

  const int fd;
  Sha256 hash;
  std::int64_t written = 0;
  int error = 0;                                       // of the disk
  std::unique_ptr<archive, int (*)(archive*)> writer;  // last: it may write when it is let go

  absl::Status Failure() const {
    if (error != 0) return FromErrno(error, "cannot write the archive");
    const char* text = archive_error_string(writer.get());
    return Internal(std::string("cannot write the archive: ") + (text == nullptr ? "unknown" : text));
  }
};

namespace {

template <class Output>
la_ssize_t WritePiece(archive* writer, void* to, const void* bytes, std::size_t size) {
  auto* output = static_cast<Output*>(to);
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = write(output->fd, static_cast<const char*>(bytes) + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      output->error = errno;
      archive_set_error(writer, errno, "cannot write");
      return -1;
    }
    done += static_cast<std::size_t>(n);
  }
  output->hash.Add({static_cast<const char*>(bytes), size});
  output->written += static_cast<std::int64_t>(size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

ArchiveWriter::ArchiveWriter(std::unique_ptr<Output> output) : output_(std::move(output)) {}
ArchiveWriter::ArchiveWriter(ArchiveWriter&&) noexcept = default;
ArchiveWriter::~ArchiveWriter() = default;

absl::StatusOr<ArchiveWriter> ArchiveWriter::To(int fd, bool packed) {
  auto output = std::make_unique<Output>(fd);
  archive* writer = output->writer.get();
  // GNU's form takes names as the bytes they are; pax would translate them.
  if (writer == nullptr || archive_write_set_format_gnutar(writer) != ARCHIVE_OK ||
      archive_write_add_filter_gzip(writer) != ARCHIVE_OK ||
      archive_write_set_filter_option(writer, "gzip", "timestamp", nullptr) != ARCHIVE_OK ||
      archive_write_set_filter_option(writer, "gzip", "compression-level", packed ? "6" : "0") != ARCHIVE_OK) {
    return Internal("libarchive cannot write tar.gz");
  }
  archive_write_set_bytes_in_last_block(writer, 1);
  if (archive_write_open2(writer, output.get(), nullptr, WritePiece<Output>, nullptr, nullptr) != ARCHIVE_OK) {
    return output->Failure();
  }
  return ArchiveWriter(std::move(output));
}

absl::Status ArchiveWriter::Add(const std::string& path, std::string_view bytes, std::uint32_t mode,
                                std::int64_t mtime_ms) {
  archive* writer = output_->writer.get();
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), mode & 07777);
  archive_entry_set_mtime(entry.get(), mtime_ms / 1000, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  const bool written = archive_write_header(writer, entry.get()) == ARCHIVE_OK &&
                       archive_write_data(writer, bytes.data(), bytes.size()) == static_cast<la_ssize_t>(bytes.size());
  if (written) return absl::OkStatus();
  return Annotate(output_->Failure(), ToUtf8(path));
}

absl::StatusOr<std::string> ArchiveWriter::Finish() {
  if (archive_write_close(output_->writer.get()) != ARCHIVE_OK) return output_->Failure();
  if (fsync(output_->fd) != 0) return FromErrno(errno, "cannot sync the archive");
  return output_->hash.Hex();
}

std::int64_t ArchiveWriter::written_bytes() const { return output_->written; }

}  // namespace fleet::agent
