#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/repair/plan.h"
#include "agent/repair/root_writer.h"

namespace fleet::agent {

// Rights and owner.
struct Access {
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t uid = 0;
  friend bool operator==(const Access&, const Access&) = default;
};
Access AccessOf(const FileStat& stat);

struct AccessChange {
  Access before;
  Access after;

  // Rights and owner change one after the other, and a crash may lie between.
  bool Covers(const Access& now) const {
    return (now.mode == before.mode || now.mode == after.mode) && (now.uid == before.uid || now.uid == after.uid);
  }
};

// What all plans of a root together make of one path: from the state before the first to the state after the last.
// Applying only this keeps what can be on the disk at any instant down to two states a path, the old and the new.
struct PathChange {
  std::string path;
  PathState before;
  PathState after;                     // of its stat only the size is known
  Attributes attributes;               // of what is written or made
  std::string bytes;                   // of what is written; not kept in a journal
  std::optional<std::uint32_t> mode;   // of what is created, if not as its siblings; not kept in a journal
  std::optional<AccessChange> access;  // rights and owner, when they change
  std::string reason;                  // why what was there goes to quarantine; empty when it does not
  std::string backup;                  // name in the journal's backup folder; empty when no file was there
  std::string quarantine;              // path in the quarantine folder, absolute; empty when it does not go there
  int plan = 0;                        // index of the last plan that touches it; not kept in a journal

  // What it holds stays as it is; then no bytes are looked at, which may not be readable yet.
  bool only_access() const { return access && before.Holds(after); }
  bool removes_directory() const {
    return before.kind == PathState::Kind::kDirectory && after.kind == PathState::Kind::kAbsent;
  }
};

// The changes the plans amount to, without those that change nothing: directories first, then what is written, then
// what is moved away, then the directories this leaves empty, so that a document never leaves before its successor is
// there. Refused plans have no part.
std::vector<PathChange> FoldSteps(const std::vector<Plan>& plans);

// Bytes of files that will be replaced or moved.
std::int64_t BackupBytes(const std::vector<PathChange>& changes);
std::int64_t BackupBytes(const Plan& plan);

}  // namespace fleet::agent
