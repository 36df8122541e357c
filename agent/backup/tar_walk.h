#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::agent {

// Limits of what is read out of an archive, so that none can fill memory or time (catalogue: "Extraction safety").
struct TarLimits {
  std::int64_t bytes = std::int64_t{10} << 30;  // unpacked
  std::int64_t ratio = 200;                     // unpacked to packed
  std::int64_t members = 5'000'000;
};

enum class TarEncoding : std::uint8_t { kPlain, kGzip };

// Told of every regular file in an archive, in its order. Paths are relative and hold neither "." nor ".." nor an empty
// component.
class TarVisitor {
 public:
  virtual ~TarVisitor() = default;
  virtual void Begin(const std::string& path, std::int64_t size) = 0;
  virtual void Data(std::string_view bytes) = 0;
  virtual void End() = 0;
};

struct TarSummary {
  std::string sha256;  // of the archive file
  std::int64_t packed_bytes = 0;
  std::int64_t unpacked_bytes = 0;
  std::int64_t files = 0;
};

// Reads an archive from the start of `fd` through to its end, the check sums of gzip included. Unpacks nothing to disk.
// DataLoss says what is wrong with it: not readable, cut, over a limit, or a member that no backup holds (absolute
// path, "..", link, device, twice the same). Other errors: the file could not be read.
absl::StatusOr<TarSummary> WalkTar(int fd, TarEncoding encoding, const TarLimits& limits, TarVisitor& visitor);

}  // namespace fleet::agent
