#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "agent/backup/folders.h"
#include "agent/backup/sessions/choose_backup.h"
#include "agent/backup/sessions/restore.h"
#include "agent/repair/root_writer.h"
#include "agent/store/descriptor.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// A new file below an open folder; its folders are made.
absl::Status WriteBelow(const Directory& top, const std::string& path, std::string_view bytes, std::int64_t mtime_ms) {
  if (!IsPlainPath(path)) return DataLoss("a member leads out of the folder: " + ToUtf8(path));
  ASSIGN_OR_RETURN(Directory folder, top.Open("."));
  std::size_t begin = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', begin)) {
    ASSIGN_OR_RETURN(folder, MakeFolderBelow(folder, path.substr(begin, slash - begin), geteuid()));
    begin = slash + 1;
  }
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor file(openat(folder.fd(), path.substr(begin).c_str(), flags, 0600));
  if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(path));
  RETURN_IF_ERROR(WriteAll(file.get(), bytes));
  const timespec time = {.tv_sec = mtime_ms / 1000, .tv_nsec = mtime_ms % 1000 * 1'000'000};
  const timespec times[2] = {time, time};
  if (mtime_ms > 0 && futimens(file.get(), times) != 0) return FromErrno(errno, "cannot set its time");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RestoreRun> RestoreInto(const RestoreRequest& request, const std::string& into, const Clock& clock) {
  const MonoTime began = clock.Mono();
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(into, error).lexically_normal();
  if (!folder.has_filename() && folder.has_parent_path()) folder = folder.parent_path();
  if (std::filesystem::exists(std::filesystem::symlink_status(folder, error))) {
    return AlreadyExists(ToUtf8(into) + " is there already; name a folder that is not");
  }
  ASSIGN_OR_RETURN(const ChosenBackup chosen, ChooseBackup(request));
  const SessionManifest& manifest = chosen.backup.manifest();
  RestoreRun run;
  run.notes = chosen.notes;
  run.backup = chosen.backup.path();
  run.made_ms = manifest.created_ms;
  run.data_age_ms = std::max<std::int64_t>(0, ToMillis(clock.Now()) - run.made_ms);
  RestoredRoot all;
  all.path = folder;
  std::set<std::string> members;
  for (const auto& [member, file] : manifest.files) {
    if (!request.key.empty() && !member.starts_with(request.key + "/")) continue;
    members.insert(member);
    if (file.damaged)
      all.skipped.push_back(ToUtf8(member) + " was damaged when it was backed up; it is written as it was");
  }
  if (members.empty()) return NotFound("the backup holds nothing of " + ToUtf8(request.key));
  all.created = static_cast<std::int64_t>(members.size());
  run.roots.push_back(std::move(all));
  if (!request.plan) {
    const std::string staged = folder.string() + ".restoring";
    if (std::filesystem::exists(std::filesystem::symlink_status(staged, error))) {
      return AlreadyExists(ToUtf8(staged) + " is there, of an interrupted restore; move it away");
    }
    ASSIGN_OR_RETURN(const Directory top, MakeFolders(staged, geteuid()));
    absl::Status status = chosen.backup.Extract(members, [&](const std::string& member, std::string_view bytes) {
      return WriteBelow(top, member, bytes, manifest.files.at(member).mtime_ms);
    });
    if (status.ok() && syncfs(top.fd()) != 0) status = FromErrno(errno, "cannot sync " + ToUtf8(staged));
    if (status.ok() && renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, folder.c_str(), RENAME_NOREPLACE) != 0) {
      status = FromErrno(errno, "cannot put " + ToUtf8(folder.string()) + " in place");
    }
    if (!status.ok()) {
      std::filesystem::remove_all(staged, error);
      return status;
    }
    RETURN_IF_ERROR(SyncFolder(folder.parent_path()));
  }
  run.duration_ms = std::chrono::ceil<std::chrono::milliseconds>(clock.Mono() - began).count();
  return run;
}

}  // namespace fleet::agent
