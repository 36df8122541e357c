#include "agent/backup/sessions/take_backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "agent/backup/archive_writer.h"
#include "agent/backup/expire.h"
#include "agent/backup/session_archive.h"
#include "agent/backup/sessions/base.h"
#include "agent/backup/sessions/copied_home.h"
#include "agent/backup/verify.h"
#include "agent/probe/liveness.h"
#include "agent/store/root_lock.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

struct OpenSource {
  const BackupSource* source = nullptr;
  std::optional<Directory> directory;
  SourceListing listing;
  std::optional<RootLock> lock;
};

class Taking {
 public:
  Taking(const std::vector<BackupSource>& sources, ArchiveFolder& folder, const BackupOptions& options,
         const Home& home, std::int64_t now_ms, absl::FunctionRef<void(std::chrono::milliseconds)> pause)
      : sources_(sources),
        folder_(folder),
        options_(options),
        now_ms_(now_ms),
        pause_(pause),
        home_(home),
        base_(BackupBase::Newest(folder)) {}

  absl::StatusOr<BackupRun> Run() {
    for (const BackupSource& source : sources_) RETURN_IF_ERROR(Open(source));
    RETURN_IF_ERROR(CountFiles());
    if (options_.only_if_changed && !options_.full && IsAsBefore()) {
      run_.unchanged = true;
      return std::move(run_);
    }
    RETURN_IF_ERROR(CheckSpace());
    if (options_.plan) return std::move(run_);
    ASSIGN_OR_RETURN(const std::string name, FreeName());
    const absl::Status written = Write(name);
    if (!written.ok()) {
      folder_.DropStaged(name);
      folder_.DropStaged(ManifestNameOf(BackupName{}, name));
      return written;
    }
    run_.archive = folder_.path() + "/" + name;
    if (!options_.keep_older) Judge();
    return std::move(run_);
  }

 private:
  absl::Status Open(const BackupSource& source) {
    OpenSource open{.source = &source, .directory = {}, .listing = {}, .lock = {}};
    absl::StatusOr<Directory> directory = Directory::OpenRoot(source.root.path);
    if (!directory.ok()) {
      closed_.push_back(source.key);
      return absl::OkStatus();
    }
    open.directory = *std::move(directory);
    if (source.kind != "config") {
      if (!options_.roots_are_locked) {
        ASSIGN_OR_RETURN(open.lock, RootLock::Take(source.root.path, options_.state));
      }
      if (IsLive(source.root)) run_.live.push_back(source.root.path);
    }
    open.listing = ListSource(source, *open.directory);
    run_.shares += open.listing.shares;
    run_.manifest.roots.push_back({source.kind, source.root.path, source.key});
    open_.push_back(std::move(open));
    return absl::OkStatus();
  }

  absl::Status CountFiles() {
    run_.manifest.unreadable = closed_;
    for (const OpenSource& open : open_) {
      for (const SourceFile& file : open.listing.files) {
        run_.bytes += file.stat.size;
        SessionManifest::File& planned = run_.manifest.files[open.source->key + "/" + file.path];
        planned.size = file.stat.size;
        planned.mtime_ms = file.stat.mtime_ms();
      }
      for (const std::string& path : open.listing.unreadable) {
        run_.manifest.unreadable.push_back(open.source->key + "/" + path);
      }
    }
    if (!run_.manifest.files.empty()) return absl::OkStatus();
    if (closed_.empty()) {
      return NotFound("there is nothing to back up: no data root with a file in it, and no configuration");
    }
    return FailedPrecondition("no data root can be opened to be backed up; see `dgmo-agent check`");
  }

  bool IsAsBefore() const {
    if (base_.manifest() == nullptr || base_.IsUsedUp(now_ms_)) return false;
    const auto& before = base_.manifest()->files;
    const auto& now = run_.manifest.files;
    return before.size() == now.size() && base_.IsWhole() &&
           std::equal(before.begin(), before.end(), now.begin(), [](const auto& a, const auto& b) {
             return a.first == b.first && a.second.size == b.second.size && a.second.mtime_ms == b.second.mtime_ms &&
                    !a.second.gone;
           });
  }

  bool StandsAlone() const { return options_.full || base_.IsUsedUp(now_ms_); }

  // As if nothing could be packed.
  absl::Status CheckSpace() {
    std::int64_t changed = 0;
    for (const auto& [path, file] : run_.manifest.files) {
      const bool kept = !StandsAlone() && base_.manifest()->files.contains(path) &&
                        base_.manifest()->files.at(path).size == file.size &&
                        base_.manifest()->files.at(path).mtime_ms == file.mtime_ms;
      if (kept) continue;
      ++run_.new_files;
      changed += file.size;
    }
    run_.new_bytes = changed;
    if (changed > TarLimits().bytes) {
      return ResourceExhausted("more than " + std::to_string(TarLimits().bytes >> 30) +
                               " GiB for one archive; back up the data roots one by one with --root and --to");
    }
    const std::int64_t needed = changed + changed / 10 + options_.reserve_bytes;
    const std::int64_t free = folder_.FreeBytes();
    if (free < 0 || free >= needed) return absl::OkStatus();
    return ResourceExhausted("no room for a backup in " + ToUtf8(folder_.path()) + ": " + std::to_string(free >> 20) +
                             " MiB are free and " + std::to_string(needed >> 20) +
                             " MiB are needed; make room, or name another folder with --to");
  }

  absl::StatusOr<std::string> FreeName() const {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, folder_.Names());
    for (std::int64_t ms = now_ms_;; ms += 1000) {
      std::string name = "sessions_" + TimeNameText(ms) + ".tar.gz";
      if (!std::binary_search(names.begin(), names.end(), name)) return name;
    }
  }

  // What can be packed better than any reader believes, such as files of nothing but zeros, is not packed.
  absl::Status Write(const std::string& name) {
    RETURN_IF_ERROR(WriteArchive(name, true));
    if (IsPackedTooWell()) {
      folder_.DropStaged(name);
      RETURN_IF_ERROR(WriteArchive(name, false));
    }
    const std::string text = SessionManifestText(run_.manifest);
    if (static_cast<std::int64_t>(text.size()) > kMostManifestBytes) {
      return ResourceExhausted(
          "there are too many files for one backup; back up the data roots one by one with --root");
    }
    const std::string beside = ManifestNameOf(BackupName{}, name);
    RETURN_IF_ERROR(folder_.StageWhole(beside, text));
    RETURN_IF_ERROR(folder_.Publish(name));
    return folder_.Publish(beside);
  }

  bool IsPackedTooWell() const { return run_.new_bytes / TarLimits().ratio >= run_.archive_bytes / 2; }

  absl::Status WriteArchive(const std::string& name, bool packed) {
    ASSIGN_OR_RETURN(const Descriptor file, folder_.Stage(name));
    ASSIGN_OR_RETURN(ArchiveWriter writer, ArchiveWriter::To(file.get(), packed));
    copy_.emplace(home_);
    run_.manifest.files.clear();
    run_.manifest.needs.clear();
    run_.manifest.counts.clear();
    run_.manifest.unreadable = closed_;
    run_.bytes = run_.new_files = run_.new_bytes = 0;
    for (OpenSource& open : open_) RETURN_IF_ERROR(Save(open, writer));
    SessionManifest& manifest = run_.manifest;
    std::sort(manifest.unreadable.begin(), manifest.unreadable.end());
    manifest.unreadable.erase(std::unique(manifest.unreadable.begin(), manifest.unreadable.end()),
                              manifest.unreadable.end());
    manifest.created_ms = now_ms_;
    copy_->Describe(manifest);
    if (base_.manifest() != nullptr) manifest.previous = base_.archive();
    ASSIGN_OR_RETURN(manifest.archive_sha256, writer.Finish());
    run_.archive_bytes = writer.written_bytes();
    if (packed && IsPackedTooWell()) return absl::OkStatus();  // it is written again
    return ReadBack(file.get(), manifest);
  }

  // Everything once, then what has appeared meanwhile, and last what that refers to: while a program works, a listing
  // is out of date before its files are read.
  absl::Status Save(OpenSource& open, ArchiveWriter& writer) {
    const std::string begin = open.source->key + "/";
    copy_->Begin(*open.source, open.listing);
    std::set<std::string> seen;
    for (const SourceFile& file : open.listing.files) {
      RETURN_IF_ERROR(SaveFile(open, file, writer));
      seen.insert(file.path);
    }
    std::vector<std::string> unreadable = std::move(open.listing.unreadable);
    open.listing = ListSource(*open.source, *open.directory);
    std::set<std::string> there;
    for (const SourceFile& file : open.listing.files) {
      std::string member = open.source->key + "/" + file.path;
      if (!run_.manifest.files.contains(member)) RETURN_IF_ERROR(SaveFile(open, file, writer));
      seen.insert(file.path);
      there.insert(std::move(member));
    }
    auto& files = run_.manifest.files;
    for (auto file = files.lower_bound(begin); file != files.end() && file->first.starts_with(begin); ++file) {
      file->second.gone = !there.contains(file->first);
      if (file->second.gone) copy_->Forget(file->first.substr(begin.size()));
    }
    RETURN_IF_ERROR(SaveLacking(open, writer));
    LeaveOutDeleted(begin, seen);
    for (const std::string& path : unreadable) run_.manifest.unreadable.push_back(begin + path);
    return absl::OkStatus();
  }

  // What is saved may refer to more in turn; what is referred to and does not exist stays away.
  absl::Status SaveLacking(const OpenSource& open, ArchiveWriter& writer) {
    for (std::size_t before = 0; before != run_.manifest.files.size();) {
      before = run_.manifest.files.size();
      for (const SourceFile& file : copy_->Lacking()) {
        if (!run_.manifest.files.contains(open.source->key + "/" + file.path)) {
          RETURN_IF_ERROR(SaveFile(open, file, writer));
        }
      }
    }
    return absl::OkStatus();
  }

  // A session that is deleted meanwhile loses its info first: its messages go with it.
  void LeaveOutDeleted(const std::string& begin, const std::set<std::string>& seen) {
    for (const auto& [info, folder] : copy_->ConversationsWithoutInfo()) {
      if (!seen.contains(info) || IsUnreadable(begin + info)) continue;
      const std::string messages = begin + folder + "/";
      auto& files = run_.manifest.files;
      for (auto file = files.lower_bound(messages); file != files.end() && file->first.starts_with(messages); ++file) {
        if (!std::exchange(file->second.gone, true)) copy_->Forget(file->first.substr(begin.size()));
      }
    }
  }

  bool IsUnreadable(const std::string& member) const {
    return std::count(run_.manifest.unreadable.begin(), run_.manifest.unreadable.end(), member) > 0;
  }

  absl::Status SaveFile(const OpenSource& open, const SourceFile& source, ArchiveWriter& writer) {
    if (options_.stop != nullptr && *options_.stop) return Aborted("the backup was stopped");
    const std::string member = open.source->key + "/" + source.path;
    const absl::StatusOr<SettledFile> settled = ReadSettled(*open.directory, source, bytes_, parser_, pause_);
    if (absl::IsNotFound(settled.status())) return absl::OkStatus();
    if (!settled.ok()) {
      run_.manifest.unreadable.push_back(member);
      return absl::OkStatus();
    }
    SessionManifest::File file{.size = settled->stat.size,
                               .mtime_ms = settled->stat.mtime_ms(),
                               .mode = settled->stat.mode & 07777U,
                               .sha256 = Sha256Hex(bytes_.view()),
                               .damaged = settled->damaged,
                               .gone = false,
                               .archive = ""};
    copy_->Add(source, settled->stat, bytes_);
    run_.bytes += file.size;
    if (!StandsAlone()) file.archive = base_.ArchiveOf(member, file.sha256, run_.manifest.needs);
    if (file.archive.empty()) {
      ++run_.new_files;
      run_.new_bytes += file.size;
      RETURN_IF_ERROR(writer.Add(member, bytes_.view(), file.mode, file.mtime_ms));
    }
    run_.manifest.files.emplace(member, std::move(file));
    return absl::OkStatus();
  }

  // As whoever restores it will read it.
  static absl::Status ReadBack(int fd, const SessionManifest& manifest) {
    if (lseek(fd, 0, SEEK_SET) != 0) return FromErrno(errno, "cannot read the archive back");
    const BackupVerdict verdict = VerifySessionArchive(fd, manifest, VerifyLevel::kFull, {});
    if (verdict.state == BackupState::kGood) return absl::OkStatus();
    return DataLoss("the archive cannot be read back as it was written: " + verdict.errors.front());
  }

  // What the run says of itself, and which older archives may go.
  void Judge() {
    const SessionManifest* before = base_.manifest();
    run_.shrunken = before != nullptr && IsShrunken(before->files.size(), run_.manifest.files.size());
    const bool complete = run_.manifest.unreadable.empty();
    if (!complete) run_.not_deleted.emplace_back("older archives are kept: not everything could be read");
    if (run_.shrunken)
      run_.not_deleted.emplace_back("older archives are kept: this one has less than half of the files");
    const absl::StatusOr<std::vector<std::string>> deleted =
        Expire(folder_, {.complete = complete, .shrunken = run_.shrunken}, now_ms_);
    if (deleted.ok()) {
      run_.deleted = *deleted;
    } else {
      run_.not_deleted.push_back("older archives could not be deleted: " + MessageOf(deleted.status()));
    }
  }

  const std::vector<BackupSource>& sources_;
  ArchiveFolder& folder_;
  const BackupOptions& options_;
  const std::int64_t now_ms_;
  absl::FunctionRef<void(std::chrono::milliseconds)> pause_;
  const Home& home_;
  const BackupBase base_;
  std::optional<CopiedHome> copy_;
  std::vector<OpenSource> open_;
  std::vector<std::string> closed_;  // keys of sources that cannot be opened
  DocumentParser parser_;
  PaddedText bytes_;
  BackupRun run_;
};

}  // namespace

absl::StatusOr<BackupRun> TakeBackup(const std::vector<BackupSource>& sources, ArchiveFolder& folder,
                                     const BackupOptions& options, const Home& home, std::int64_t now_ms,
                                     absl::FunctionRef<void(std::chrono::milliseconds)> pause) {
  RETURN_IF_ERROR(folder.Lock());
  if (!options.plan) RETURN_IF_ERROR(folder.FinishInterrupted());
  return Taking(sources, folder, options, home, now_ms, pause).Run();
}

}  // namespace fleet::agent
