#include "agent/backup/tar_walk.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "agent/backup/byte_source.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kEndMark = 512;  // a tar archive ends in at least one block of zeros

ssize_t ReadPiece(archive*, void* source, const void** bytes) {
  const absl::StatusOr<std::string_view> piece = static_cast<ByteSource*>(source)->Next();
  if (!piece.ok()) return -1;
  *bytes = piece->data();
  return static_cast<ssize_t>(piece->size());
}

// Without "." and empty components; DataLoss when it leads anywhere but below.
absl::StatusOr<std::string> RelativePath(archive_entry* entry) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr) raw = archive_entry_pathname_utf8(entry);
  if (raw == nullptr || *raw == '\0') return DataLoss("a member has no readable name");
  const std::string_view name(raw);
  if (name.front() == '/') return DataLoss("a member has an absolute path: " + ToUtf8(name));
  std::string path;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view component = name.substr(begin, end - begin);
    begin = end + 1;
    if (component == "..") return DataLoss("a member leads out of the archive: " + ToUtf8(name));
    if (component.empty() || component == ".") continue;
    if (!path.empty()) path += '/';
    path += component;
  }
  return path;
}

absl::Status CheckType(archive_entry* entry, const std::string& path) {
  const auto type = archive_entry_filetype(entry);
  const bool is_link = archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr;
  if (is_link || (type != AE_IFREG && type != AE_IFDIR)) {
    return DataLoss("a member is neither file nor folder: " + ToUtf8(path));
  }
  // What it says to hold need not be in the archive at all.
  if (archive_entry_sparse_reset(entry) > 0) return DataLoss("a member has holes: " + ToUtf8(path));
  return absl::OkStatus();
}

class Walk {
 public:
  Walk(int fd, TarEncoding encoding, const TarLimits& limits, TarVisitor& visitor)
      : limits_(limits),
        visitor_(visitor),
        source_(fd, encoding, limits),
        archive_(archive_read_new(), archive_read_free) {}

  absl::StatusOr<TarSummary> Run() {
    archive* reader = archive_.get();
    if (reader == nullptr || archive_read_support_format_tar(reader) != ARCHIVE_OK) {
      return Internal("libarchive cannot be used");
    }
    if (archive_read_open(reader, &source_, nullptr, ReadPiece, nullptr) != ARCHIVE_OK) return Failure();
    for (;;) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(reader, &entry);
      if (result == ARCHIVE_EOF) break;
      if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return Failure();
      RETURN_IF_ERROR(Member(entry));
    }
    RETURN_IF_ERROR(CheckEnd());
    return TarSummary{source_.Sha256Hex(), source_.packed_bytes(), source_.unpacked_bytes(), files_};
  }

 private:
  absl::Status Member(archive_entry* entry) {
    ASSIGN_OR_RETURN(const std::string path, RelativePath(entry));
    RETURN_IF_ERROR(CheckType(entry, path));
    if (++members_ > limits_.members) return DataLoss("it has too many members");
    if (archive_entry_filetype(entry) == AE_IFDIR) return absl::OkStatus();
    names_.push_back(std::hash<std::string>()(path));
    ++files_;
    visitor_.Begin(path, archive_entry_size(entry));
    for (;;) {
      const void* bytes = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int result = archive_read_data_block(archive_.get(), &bytes, &size, &offset);
      if (result == ARCHIVE_EOF) break;
      if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return Failure();
      visitor_.Data({static_cast<const char*>(bytes), size});
    }
    visitor_.End();
    return absl::OkStatus();
  }

  absl::Status CheckEnd() {
    for (;;) {
      const std::int64_t zeros = source_.trailing_zeros();
      ASSIGN_OR_RETURN(const std::string_view piece, source_.Next());
      if (piece.empty()) break;
      if (source_.trailing_zeros() < zeros) return DataLoss("there are bytes after its end");
    }
    if (source_.trailing_zeros() < kEndMark) return DataLoss("it is cut: the mark at its end is missing");
    std::sort(names_.begin(), names_.end());
    if (std::adjacent_find(names_.begin(), names_.end()) != names_.end()) {
      return DataLoss("it holds two members of the same name");
    }
    return absl::OkStatus();
  }

  // The source's own failure, or what libarchive did not understand.
  absl::Status Failure() {
    if (const absl::StatusOr<std::string_view> piece = source_.Next(); !piece.ok()) return piece.status();
    const char* text = archive_error_string(archive_.get());
    return DataLoss("it is no readable tar archive: " + ToUtf8(text == nullptr ? "unknown" : text));
  }

  const TarLimits limits_;
  TarVisitor& visitor_;
  ByteSource source_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::vector<std::size_t> names_;  // hashes, so that a million of them are eight megabytes
  std::int64_t members_ = 0;
  std::int64_t files_ = 0;
};

}  // namespace

absl::StatusOr<TarSummary> WalkTar(int fd, TarEncoding encoding, const TarLimits& limits, TarVisitor& visitor) {
  return Walk(fd, encoding, limits, visitor).Run();
}

}  // namespace fleet::agent
