#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace fleet::agent {

// Writes a tar.gz of regular files, member by member; the same members give the same bytes. Paths may be any bytes.
// Memory does not grow with its size. One thread; blocks on the disk.
class ArchiveWriter {
 public:
  // Writes to `fd`, which outlives it. Not packed, the bytes are only framed by gzip.
  static absl::StatusOr<ArchiveWriter> To(int fd, bool packed = true);
  ArchiveWriter(ArchiveWriter&&) noexcept;
  ~ArchiveWriter();

  absl::Status Add(const std::string& path, std::string_view bytes, std::uint32_t mode, std::int64_t mtime_ms);

  // Ends the archive and makes it durable. Answers the SHA-256 of its bytes.
  absl::StatusOr<std::string> Finish();

  std::int64_t written_bytes() const;

 private:
  struct Output;
  explicit ArchiveWriter(std::unique_ptr<Output> output);
  std::unique_ptr<Output> output_;
};

}  // namespace fleet::agent
