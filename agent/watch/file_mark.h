#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/store/directory.h"

namespace fleet::agent {

// What tells that a file or a folder is still what it was when it was read: any change to it since must show here,
// but for one that the clock of the file system was too coarse to tell apart.
struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;   // cannot be set back, as mtime can
  std::int64_t looked_ns = 0;  // wall time of the look
  EntryType type = EntryType::kFile;

  bool SameFile(const FileMark& other) const { return device == other.device && inode == other.inode; }
  bool Same(const FileMark& other) const {
    return SameFile(other) && size == other.size && mtime_ns == other.mtime_ns && ctime_ns == other.ctime_ns &&
           type == other.type;
  }
  // Whether the last change was long enough before the look that a later one must differ.
  bool settled() const;
};

// Of the entry itself, a link not followed; `name` is one component, or "." for the folder. nullopt: there is none, or
// it cannot be looked at.
std::optional<FileMark> MarkAt(const Directory& folder, const std::string& name, std::int64_t now_ns);

// Of an absolute path without a link in it. nullopt as above.
std::optional<FileMark> MarkAt(const std::string& absolute, std::int64_t now_ns);

// Opens an absolute path without following a link anywhere in it; -1 and errno when that is not possible.
int OpenWithoutLinks(const std::string& absolute, int flags);

}  // namespace fleet::agent
