#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleet::agent {

// One mounted file system that something of dgmo's lies on.
struct Filesystem {
  std::string mount_point;
  std::string type;  // "ext4", "nfs4", ...; empty when the mount table does not tell
  // What it holds; data and backups weigh more than configuration and temporary files.
  bool holds_data = false;
  bool holds_backups = false;
  std::vector<std::string> paths;  // absolute, of what it holds
  bool read_only = false;
  bool read_only_by_error = false;  // the mount asks for writing, the file system refuses: damage, as a rule
  std::int64_t total_bytes = 0;     // 0: the file system does not say
  std::int64_t free_bytes = 0;      // for users other than root
  double used_percent = 0;          // as df counts
  std::int64_t total_inodes = 0;    // 0: it has no fixed number
  std::int64_t free_inodes = 0;
};

// The file systems that hold data, backups and temporary files.
struct FilesystemFacts {
  std::vector<Filesystem> filesystems;  // each once, whatever lies on it
};

}  // namespace fleet::agent
