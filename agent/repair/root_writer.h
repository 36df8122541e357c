#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "agent/store/directory.h"
#include "agent/store/file_stat.h"

namespace fleet::agent {

// What a path of a root holds.
struct PathState {
  enum class Kind : std::uint8_t { kAbsent, kFile, kDirectory, kOther };
  Kind kind = Kind::kAbsent;
  FileStat stat;       // zero when absent
  std::string sha256;  // of a file

  // Whether both hold the same: nothing, a directory, or files of the same bytes.
  bool Holds(const PathState& other) const { return kind == other.kind && sha256 == other.sha256; }
};

// What a file or directory looks like from outside.
struct Attributes {
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::optional<std::int64_t> mtime_ns;  // nullopt: now
};
Attributes AttributesOf(const FileStat& stat, bool with_time);

// Whether the path, relative to a root, can lie nowhere but in it, and not in the staging directory.
bool IsPlainPath(const std::string& path);

// The one thing in the agent that changes files of a root. Every path is opened beneath the root without following a
// link; new bytes are staged in a directory that dgmo does not list, made durable, and renamed into place. Each change
// names what it expects to find, looks again right before it acts, and fails with Aborted when that is no longer so.
// The caller holds the lock of the root. One thread.
class RootWriter {
 public:
  static absl::StatusOr<RootWriter> Open(const std::string& root);

  // FailedPrecondition when the way there is no directory of the root, such as a link.
  absl::StatusOr<PathState> Look(const std::string& path) const;

  // What is there without looking into it, so that no right to read is needed. "." is the root itself.
  absl::StatusOr<PathState> LookFromOutside(const std::string& path) const;

  // Changes rights and owner of a file or directory, through a descriptor that follows no link; its bytes and time
  // stay. Refuses a file with other hard links, which lie elsewhere and would change with it.
  absl::Status SetAccess(const std::string& path, std::uint32_t mode, std::uint32_t uid, const PathState& expected);

  // Creates or replaces a file. Refuses a file that has other hard links, because those would keep the old bytes.
  absl::Status Write(const std::string& path, std::string_view bytes, const Attributes& attributes,
                     const PathState& expected);
  // The same with the bytes of the file `source`, an absolute path in the agent's folder.
  absl::Status CopyIn(const std::string& path, const std::string& source, const Attributes& attributes,
                      const PathState& expected);

  // The same for many files at once: all are staged and made durable together before the first gets its name, so that
  // the disk is waited for twice and not twice a file. After an error some have their names and some have not.
  struct Incoming {
    std::string path;
    std::string source;
    Attributes attributes;
    PathState expected;
  };
  absl::Status CopyAllIn(std::span<const Incoming> files);

  // Copies a file to a new one in the agent's folder; Aborted when it is not as expected.
  absl::Status CopyOut(const std::string& path, const std::string& destination, const PathState& expected) const;

  // Moves a file to `destination`, an absolute path in a folder that exists; across file systems by copy, check and
  // unlink. MoveIn is the reverse; Unavailable when it would have to cross file systems (CopyIn does).
  absl::Status MoveOut(const std::string& path, const std::string& destination, const PathState& expected);
  absl::Status MoveIn(const std::string& path, const std::string& source);

  absl::Status MakeDirectory(const std::string& path, const Attributes& attributes);
  // The same for many, parents before children, made durable together.
  struct NewDirectory {
    std::string path;
    Attributes attributes;
  };
  absl::Status MakeDirectories(std::span<const NewDirectory> directories);
  absl::Status RemoveEmptyDirectory(const std::string& path);

  // Removes a file that is still what a repair created.
  absl::Status RemoveCreated(const std::string& path, const PathState& expected);

  // Removes the staging directory and what an interrupted run left in it. Call it last.
  absl::Status RemoveStaging();

  const Directory& directory() const { return directory_; }

 private:
  using Fill = absl::FunctionRef<absl::Status(int fd)>;

  explicit RootWriter(Directory directory) : directory_(std::move(directory)) {}
  absl::StatusOr<Directory> Parent(const std::string& path) const;
  absl::Status Expect(const std::string& path, const PathState& expected) const;
  absl::StatusOr<Directory> Staging();
  absl::Status Place(const std::string& path, const Attributes& attributes, const PathState& expected, Fill fill);

  Directory directory_;
};

}  // namespace fleet::agent
