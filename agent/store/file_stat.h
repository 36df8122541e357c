#pragma once

#include <cstdint>

namespace fleet::agent {

// What fstat says of a file, as far as checks and repairs need it.
struct FileStat {
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint32_t mode = 0;  // type and permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t links = 1;
  bool immutable = false;  // attributes that even the owner's write rights do not help against
  bool append_only = false;

  std::int64_t mtime_ms() const { return mtime_ns / 1'000'000; }
  friend bool operator==(const FileStat&, const FileStat&) = default;
};

}  // namespace fleet::agent
