#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/store/file_stat.h"
#include "agent/store/padded_text.h"

namespace fleet::agent {

enum class EntryType : std::uint8_t { kFile, kDirectory, kSymlink, kFifo, kSocket, kDevice };
std::string_view EntryTypeText(EntryType type);

// Something that could not be looked at: what depends on it is unknown, neither healthy nor a finding of its own kind.
struct Unreadable {
  int error = 0;  // errno
  bool is_directory = false;
};

// A directory held open, and the only way the agent looks into a root: nothing reached through it can lie
// outside, because every component below is opened without following a link. Looking changes nothing.
// Movable; one thread at a time.
class Directory {
 public:
  // The root itself may be a symlink; it is resolved here, once. FailedPrecondition when it is no directory.
  static absl::StatusOr<Directory> OpenRoot(const std::string& absolute);

  Directory(Directory&& other) noexcept;
  Directory& operator=(Directory&& other) noexcept;
  ~Directory();

  // A directory below this one; "." is this one again. Refuses "..", absolute paths and links.
  absl::StatusOr<Directory> Open(std::string_view relative) const;

  // Every entry but "." and "..", in the file system's order. The names are bytes, not necessarily UTF-8. `visit` must
  // not list this same object.
  absl::Status List(absl::FunctionRef<void(const std::string& name, EntryType type)> visit) const;

  // Of the entry itself, a link not followed; `relative` may have several components.
  absl::StatusOr<FileStat> Stat(const std::string& relative) const;

  // Reads a regular file whole. ResourceExhausted when it is larger than `limit` (stat still tells the size through
  // `found`), FailedPrecondition when it is not a regular file; never blocks on a FIFO.
  absl::Status Read(const std::string& relative, std::int64_t limit, PaddedText& bytes, FileStat& found) const;

  // Whether the symlink leads out of this directory's tree (or nowhere).
  bool LinkLeaves(const std::string& name) const;

  int fd() const { return fd_; }

 private:
  explicit Directory(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace fleet::agent
