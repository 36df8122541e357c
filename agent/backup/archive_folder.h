#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/backup/manifest.h"
#include "agent/store/descriptor.h"
#include "agent/store/directory.h"
#include "agent/store/root.h"

namespace fleet::agent {

// A folder of session archives, held open: what is done to it is done to this folder even when its name is given to
// another one meanwhile. Files in it are for their owner alone (0600), and those that somebody reads are whole: each is
// staged under another name, made durable and renamed. One thread; blocks on the disk.
class ArchiveFolder {
 public:
  // <home>/backups/sessions, or another one beside it, made (0700, the home's owner's) when missing. FailedPrecondition
  // when the way there is a link: where it leads has to be named.
  static absl::StatusOr<ArchiveFolder> OfHome(const Home& home, const std::string& name = "sessions");
  // A folder that somebody named; its links are followed. Made when missing.
  static absl::StatusOr<ArchiveFolder> Named(const std::string& path);
  // The folder of that name, or what exists above it; makes nothing. For a look at what would be done.
  static absl::StatusOr<ArchiveFolder> Nearest(const std::string& path);
  // A folder below it.
  absl::StatusOr<ArchiveFolder> Below(const std::string& name) const;

  // Unavailable when another backup works in it. Held as long as the object lives.
  absl::Status Lock();

  // Ends what an interrupted run left: a manifest whose archive is in place is put in place too, everything else that
  // was staged is removed, and so is a manifest without archive. Call it with the lock.
  absl::Status FinishInterrupted();

  // A new file under a staging name of `name`.
  absl::StatusOr<Descriptor> Stage(const std::string& name) const;
  absl::Status StageWhole(const std::string& name, std::string_view bytes) const;
  // Gives a staged file its name; AlreadyExists when something has it.
  absl::Status Publish(const std::string& name) const;
  void DropStaged(const std::string& name) const;

  // Removes an archive, then its manifest.
  absl::Status Remove(const std::string& archive) const;

  absl::StatusOr<std::vector<std::string>> Names() const;  // sorted
  std::int64_t FreeBytes() const;                          // -1 when unknown

  const Directory& directory() const { return directory_; }
  const std::string& path() const { return path_; }

 private:
  ArchiveFolder(Directory directory, std::string path, uid_t owner)
      : directory_(std::move(directory)), path_(std::move(path)), owner_(owner) {}

  Directory directory_;
  std::string path_;
  uid_t owner_;  // of what is made in it
};

}  // namespace fleet::agent
