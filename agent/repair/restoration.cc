#include "agent/repair/restoration.h"

#include <fcntl.h>

#include <algorithm>
#include <set>

#include "agent/store/durable_file.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

using Kind = PathState::Kind;

enum class Fate : std::uint8_t { kRestored, kKept };

std::string ParentPath(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool HasBytes(const std::string& path, const std::string& sha256) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return false;
  const absl::StatusOr<std::string> found = HashAndCopy(file.get(), -1);
  return found.ok() && *found == sha256;
}

// The copy in quarantine is no longer needed once the file is back where it was; a copy somebody changed stays.
absl::Status DropQuarantined(const PathChange& change) {
  if (change.quarantine.empty() || !HasBytes(change.quarantine, change.before.sha256)) return absl::OkStatus();
  return RemoveFile(change.quarantine);
}

absl::Status PutBack(const Journal& journal, const PathChange& change, const PathState& now, RootWriter& writer) {
  const bool moved = now.kind == Kind::kAbsent && !change.quarantine.empty();
  if (moved && HasBytes(change.quarantine, change.before.sha256)) {
    // The very file comes back, with everything that belongs to it.
    absl::Status status = writer.MoveIn(change.path, change.quarantine);
    if (!absl::IsUnavailable(status)) return status;
  }
  RETURN_IF_ERROR(writer.CopyIn(change.path, journal.BackupPath(change), AttributesOf(change.before.stat, true), now));
  return DropQuarantined(change);
}

// A link or a file where a folder on the way was.
bool IsInTheWay(const absl::Status& status) { return absl::IsFailedPrecondition(status); }

// Whether a directory above has its old rights back: what lies in it was taken back before, whoever may look.
bool IsBehindRestored(const std::vector<PathChange>& changes, const std::string& path, const RootWriter& writer) {
  return std::any_of(changes.begin(), changes.end(), [&](const PathChange& change) {
    if (!change.only_access() || (change.path != "." && !path.starts_with(change.path + "/"))) return false;
    const absl::StatusOr<PathState> now = writer.LookFromOutside(change.path);
    return now.ok() && AccessOf(now->stat) == change.access->before;
  });
}

// Whatever the file holds by now: only its rights and owner were changed.
absl::StatusOr<Fate> RestoreAccess(const PathChange& change, RootWriter& writer) {
  const absl::StatusOr<PathState> now = writer.LookFromOutside(change.path);
  if (IsInTheWay(now.status())) return Fate::kKept;
  if (!now.ok()) return now.status();
  if (now->kind != change.before.kind || !change.access->Covers(AccessOf(now->stat))) return Fate::kKept;
  if (AccessOf(now->stat) == change.access->before) return Fate::kRestored;
  RETURN_IF_ERROR(writer.SetAccess(change.path, change.access->before.mode, change.access->before.uid, *now));
  return Fate::kRestored;
}

absl::StatusOr<Fate> Restore(const Journal& journal, const PathChange& change, RootWriter& writer) {
  if (change.only_access()) return RestoreAccess(change, writer);
  const absl::StatusOr<PathState> now = writer.Look(change.path);
  if (IsInTheWay(now.status())) return Fate::kKept;
  if (!now.ok()) return now.status();
  if (now->Holds(change.before)) {
    RETURN_IF_ERROR(DropQuarantined(change));
    return Fate::kRestored;
  }
  if (!now->Holds(change.after)) return Fate::kKept;
  if (change.before.kind != Kind::kAbsent) {
    const std::string parent = ParentPath(change.path);
    if (!parent.empty()) {
      ASSIGN_OR_RETURN(const PathState folder, writer.Look(parent));
      if (folder.kind != Kind::kDirectory) return Fate::kKept;
    }
    if (change.removes_directory()) {
      RETURN_IF_ERROR(writer.MakeDirectory(change.path, AttributesOf(change.before.stat, false)));
    } else {
      RETURN_IF_ERROR(PutBack(journal, change, *now, writer));
    }
    return Fate::kRestored;
  }
  const bool directory = now->kind == Kind::kDirectory;
  const absl::Status status =
      directory ? writer.RemoveEmptyDirectory(change.path) : writer.RemoveCreated(change.path, *now);
  if (directory && absl::IsFailedPrecondition(status)) return Fate::kKept;  // somebody put something there
  if (!status.ok()) return status;
  return Fate::kRestored;
}

absl::Status FindUnknownEntries(const PathChange& change, const JournalRoot& root, const RootWriter& writer,
                                std::vector<std::string>& changed) {
  std::set<std::string> known;
  for (const PathChange& other : root.changes) known.insert(other.path);
  ASSIGN_OR_RETURN(const Directory directory, writer.directory().Open(change.path));
  return directory.List([&](const std::string& name, EntryType) {
    std::string path = change.path + "/" + name;
    if (!known.contains(path)) changed.push_back(std::move(path));
  });
}

}  // namespace

absl::StatusOr<Restoration> RestoreRoot(const Journal& journal, std::size_t index, RootWriter& writer) {
  const std::vector<PathChange>& changes = journal.roots()[index].changes;
  Restoration result;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    // Nothing can be done in the root once it has its old rights.
    if (change->path == ".") RETURN_IF_ERROR(writer.RemoveStaging());
    absl::StatusOr<Fate> fate = Restore(journal, *change, writer);
    const bool denied = absl::IsPermissionDenied(fate.status());
    if (denied && IsBehindRestored(changes, change->path, writer)) fate = Fate::kRestored;
    if (!fate.ok()) return fate.status();
    (*fate == Fate::kRestored ? result.restored : result.kept).push_back(change->path);
  }
  if (changes.empty() || changes.front().path != ".") RETURN_IF_ERROR(writer.RemoveStaging());
  return result;
}

absl::StatusOr<std::vector<std::string>> ChangedSince(const Journal& journal, std::size_t index,
                                                      const RootWriter& writer, bool half_done) {
  const JournalRoot& root = journal.roots()[index];
  std::vector<std::string> changed;
  for (const PathChange& change : root.changes) {
    const bool from_outside = change.only_access();
    const absl::StatusOr<PathState> now = from_outside ? writer.LookFromOutside(change.path) : writer.Look(change.path);
    const bool denied = half_done && absl::IsPermissionDenied(now.status());
    if (denied && IsBehindRestored(root.changes, change.path, writer)) continue;
    if (!now.ok() && !IsInTheWay(now.status())) return now.status();
    if (from_outside) {
      const Access access = now.ok() ? AccessOf(now->stat) : Access();
      const bool as_left = now.ok() && now->kind == change.before.kind &&
                           (half_done ? change.access->Covers(access) : access == change.access->after);
      if (!as_left) changed.push_back(change.path);
      continue;
    }
    const bool taken_back = half_done && now.ok() && now->Holds(change.before);
    if (taken_back) continue;
    const bool needs_backup = change.before.kind == Kind::kFile;
    const bool as_left = now.ok() && now->Holds(change.after);
    if (!as_left || (needs_backup && !HasBytes(journal.BackupPath(change), change.before.sha256))) {
      changed.push_back(change.path);
    } else if (change.after.kind == Kind::kDirectory) {
      RETURN_IF_ERROR(FindUnknownEntries(change, root, writer, changed));
    }
  }
  return changed;
}

}  // namespace fleet::agent
