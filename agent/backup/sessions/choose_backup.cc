#include "agent/backup/sessions/choose_backup.h"

#include <filesystem>

#include "agent/probe/backup_search.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// A file that was given another name is taken for what its end says.
absl::StatusOr<BackupName> NameOf(const std::string& name, bool is_folder) {
  std::optional<BackupName> known = ParseBackupName(name, is_folder);
  if (known && known->kind == BackupKind::kSessions) return *std::move(known);
  if (is_folder) return BackupName{.kind = BackupKind::kSessions, .is_folder = true, .made_ms = {}, .collection = ""};
  if (name.ends_with(".tar.gz")) return BackupName{};
  return InvalidArgument("not a backup of sessions: " + ToUtf8(name) + "; give a .tar.gz archive or a copied folder");
}

absl::StatusOr<ChosenBackup> Named(const std::string& from) {
  std::error_code error;
  // What is named on the command line may be a link; from here on none is followed.
  const std::filesystem::path path = std::filesystem::canonical(from, error);
  if (error) return FromErrno(error.value(), "cannot open the backup " + ToUtf8(from));
  ASSIGN_OR_RETURN(const BackupName name, NameOf(path.filename(), std::filesystem::is_directory(path, error)));
  absl::StatusOr<OpenedBackup> backup = OpenedBackup::Open(path.parent_path(), path.filename(), name);
  if (!backup.ok()) return Annotate(backup.status(), "cannot restore from " + ToUtf8(from));
  return ChosenBackup{*std::move(backup), {}};
}

}  // namespace

absl::StatusOr<ChosenBackup> ChooseBackup(const RestoreRequest& request) {
  if (!request.from.empty()) return Named(request.from);
  HomeModel home;
  home.home = request.target.home;
  std::vector<std::string> notes;
  std::string old;
  bool later = false;
  if (home.home.path.empty() && request.folders.empty()) {
    return InvalidArgument("data roots named with --root belong to no home; name the backup with --from");
  }
  for (const FoundBackup& found : SearchBackups(home, request.folders).found) {
    if (found.what.kind != BackupKind::kSessions) continue;
    const std::string path = found.folder + "/" + found.name;
    if (found.manifest.inode == 0) {
      if (old.empty()) old = path;
      continue;
    }
    absl::StatusOr<OpenedBackup> backup = OpenedBackup::Open(found.folder, found.name, found.what);
    const std::int64_t made_ms = backup.ok() ? backup->manifest().created_ms : found.made_ms();
    if (request.at_ms && made_ms > *request.at_ms) {
      later = true;
      continue;
    }
    if (backup.ok()) return ChosenBackup{*std::move(backup), std::move(notes)};
    notes.push_back("fell back behind " + ToUtf8(path) + ", which cannot be used: " + MessageOf(backup.status()));
  }
  std::string why = "no good backup";
  if (request.at_ms) why += " made until " + TimeText(*request.at_ms) + (later ? ", only later ones" : "");
  for (const std::string& note : notes) why += "; " + note;
  why += old.empty() ? "; name one with --from" : "; an older program left " + ToUtf8(old) + ", which --from restores";
  return NotFound(why);
}

}  // namespace fleet::agent
