#pragma once

#include <absl/status/statusor.h>
#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/backup/tar_walk.h"
#include "common/sha256.h"

namespace fleet::agent {

// The bytes of a tar archive, unpacked piece by piece. libarchive's own reader of gzip does not compare the check sums
// at the end of the stream; zlib's does.
class ByteSource {
 public:
  ByteSource(int fd, TarEncoding encoding, const TarLimits& limits);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // The next piece, empty at the end; valid until the next call. Errors as in WalkTar; after one always the same.
  absl::StatusOr<std::string_view> Next();

  std::int64_t packed_bytes() const { return packed_; }
  std::int64_t unpacked_bytes() const { return unpacked_; }
  // How many of the last bytes so far were zero.
  std::int64_t trailing_zeros() const { return zeros_; }
  // Of the packed bytes; once, at the end.
  std::string Sha256Hex() { return hash_.Hex(); }

 private:
  absl::StatusOr<std::string_view> Read();     // packed
  absl::StatusOr<std::string_view> Inflate();  // unpacked
  absl::Status Count(std::string_view piece);

  const int fd_;
  const TarEncoding encoding_;
  const TarLimits limits_;
  std::vector<char> packed_buffer_;
  std::vector<char> unpacked_buffer_;
  z_stream stream_ = {};
  bool between_streams_ = true;  // a gzip file may hold several, one after another
  bool padding_ = false;         // only zeros may follow
  Sha256 hash_;
  std::int64_t packed_ = 0;
  std::int64_t unpacked_ = 0;
  std::int64_t zeros_ = 0;
  absl::Status failed_;
};

}  // namespace fleet::agent
