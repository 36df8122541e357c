#include "agent/qdrant/snapshot_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "agent/backup/snapshot.h"
#include "agent/backup/verify.h"
#include "agent/qdrant/reason.h"
#include "agent/qdrant/server_json.h"
#include "agent/store/directory.h"
#include "agent/store/durable_file.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kReserve = 256 << 20;  // stays free
constexpr std::int64_t kPartMs = 3'600'000;
constexpr std::string_view kEnd = ".snapshot";
constexpr std::string_view kPart = ".snapshot.part";

std::string HostName() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? ToUtf8(name) : "";
}

// "2025-07-08_09-16-37" or, of a copy, "20250708_091637".
std::string TimeOf(std::int64_t ms, SnapshotUse use) {
  std::string text = TimeNameText(ms);
  if (use == SnapshotUse::kBackup) return text;
  std::erase(text, '-');
  return text;
}

// Removes what runs that were ended have left: nobody waits an hour for the next byte.
absl::Status RemoveLeftParts(const std::string& path, std::int64_t now_ms) {
  ASSIGN_OR_RETURN(const Directory folder, Directory::OpenRoot(path));
  std::vector<std::string> left;
  RETURN_IF_ERROR(folder.List([&](const std::string& name, EntryType type) {
    const absl::StatusOr<FileStat> stat = folder.Stat(name);
    const bool is_part = type == EntryType::kFile && name.ends_with(kPart) && stat.ok();
    if (is_part && now_ms - stat->mtime_ms() > kPartMs) left.push_back(name);
  }));
  for (const std::string& name : left) RETURN_IF_ERROR(RemoveFile(path + "/" + name));
  return absl::OkStatus();
}

// A collection may have any name; it becomes part of a file's.
bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() < 200 && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

class SnapshotFetch {
 public:
  SnapshotFetch(const QdrantAdmin& admin, std::string collection, std::string folder)
      : admin_(admin), collection_(std::move(collection)), folder_(std::move(folder)) {}
  ~SnapshotFetch() {
    if (!staged_.empty()) unlink(staged_.c_str());
  }

  absl::StatusOr<StoredSnapshot> Run(SnapshotUse use, std::int64_t now_ms) {
    if (!IsFileName(collection_)) {
      return Refuse("name_unusable", "the collection " + ToUtf8(collection_) + " has a name that no file can have");
    }
    RETURN_IF_ERROR(MakeFolder(folder_));
    RETURN_IF_ERROR(RemoveLeftParts(folder_, now_ms));
    ASSIGN_OR_RETURN(const std::optional<nlohmann::json> info, admin_.Find(collection_));
    if (!info) return Refuse("missing", "the server has no collection " + ToUtf8(collection_));
    ASSIGN_OR_RETURN(const std::string version, admin_.Version());
    ASSIGN_OR_RETURN(const std::int64_t before, admin_.Count(collection_));
    ASSIGN_OR_RETURN(const ServerSnapshot made, admin_.MakeSnapshot(collection_));
    absl::Status status = Download(made, use, now_ms);
    // A writer may have added or removed some meanwhile: so many are in it for certain.
    std::int64_t points = before;
    if (status.ok()) {
      const absl::StatusOr<std::int64_t> after = admin_.Count(collection_);
      if (after.ok()) points = std::min(points, *after);
      status = after.status();
    }
    if (status.ok()) status = Keep(*info, version, made.name, points, now_ms);
    const absl::Status removed = admin_.DeleteSnapshot(collection_, made.name);
    RETURN_IF_ERROR(status);
    if (!removed.ok()) stored_.problem = "the server keeps its own copy: " + MessageOf(removed);
    return stored_;
  }

 private:
  absl::Status Download(const ServerSnapshot& made, SnapshotUse use, std::int64_t now_ms) {
    RETURN_IF_ERROR(CheckSpace(made.size.value_or(0)));
    RETURN_IF_ERROR(TakeName(use, now_ms));
    const Descriptor file(open(staged_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return FromErrno(errno, "cannot create " + ToUtf8(staged_));
    Sha256 hash;
    absl::Status written;
    const absl::Status received = admin_.Download(collection_, made.name, [&](std::string_view piece) {
      hash.Add(piece);
      stored_.size += static_cast<std::int64_t>(piece.size());
      written = WriteAll(file.get(), piece);
      return written.ok();
    });
    RETURN_IF_ERROR(Annotate(written, ToUtf8(staged_)));
    RETURN_IF_ERROR(received);
    stored_.sha256 = hash.Hex();
    if (made.size && *made.size != stored_.size) {
      return Fail("size_differs", "the snapshot came with " + std::to_string(stored_.size) + " bytes instead of " +
                                      std::to_string(*made.size) + "; run it again");
    }
    if (!made.checksum.empty() && made.checksum != stored_.sha256) {
      return Fail("checksum_differs", "the snapshot came with another SHA-256 than the server announced; run it again");
    }
    if (lseek(file.get(), 0, SEEK_SET) != 0) return FromErrno(errno, "cannot read " + ToUtf8(staged_));
    const BackupVerdict verdict = VerifySnapshot(file.get(), std::nullopt, made.checksum, TarLimits{});
    if (verdict.state != BackupState::kGood) {
      return Fail("snapshot_damaged", "what the server sent is no usable snapshot: " + verdict.errors.front());
    }
    if (fsync(file.get()) != 0) return FromErrno(errno, "cannot sync " + ToUtf8(staged_));
    return absl::OkStatus();
  }

  absl::Status CheckSpace(std::int64_t bytes) {
    struct statvfs fs = {};
    if (statvfs(folder_.c_str(), &fs) != 0) return FromErrno(errno, "cannot look at " + ToUtf8(folder_));
    const auto available = static_cast<std::int64_t>(fs.f_bavail * fs.f_frsize);
    if (available >= bytes + kReserve) return absl::OkStatus();
    return Refuse("no_space", ToUtf8(folder_) + " has " + std::to_string(available >> 20) + " MiB free, " +
                                  std::to_string((bytes + kReserve) >> 20) + " MiB are needed; make room first");
  }

  absl::Status TakeName(SnapshotUse use, std::int64_t now_ms) {
    const std::string middle = use == SnapshotUse::kBackup ? "_" : "_backup_";
    for (int i = 0; i < 60; ++i) {
      stem_ = folder_ + "/" + collection_ + middle + TimeOf(now_ms + i * 1'000, use);
      staged_ = stem_ + std::string(kPart);
      stored_.path = stem_ + std::string(kEnd);
      struct stat found = {};
      if (lstat(stored_.path.c_str(), &found) != 0 && lstat(staged_.c_str(), &found) != 0) return absl::OkStatus();
    }
    staged_.clear();
    return Fail("name_taken", "every name for a snapshot in " + ToUtf8(folder_) + " is taken; try again later");
  }

  absl::Status Keep(const nlohmann::json& info, const std::string& version, const std::string& server_name,
                    std::int64_t points, std::int64_t now_ms) {
    const nlohmann::json vectors = At(info, {"config", "params", "vectors"});
    const Json manifest = {{"collection", collection_}, {"server_version", ToUtf8(version)},
                           {"vectors", vectors},        {"exact_count", points},
                           {"size", stored_.size},      {"sha256", stored_.sha256},
                           {"created_ms", now_ms},      {"created", TimeText(now_ms)},
                           {"source_host", HostName()}, {"server_snapshot", ToUtf8(server_name)}};
    if (rename(staged_.c_str(), stored_.path.c_str()) != 0) {
      return FromErrno(errno, "cannot put in place " + ToUtf8(stored_.path));
    }
    staged_.clear();
    RETURN_IF_ERROR(SyncFolder(folder_));
    RETURN_IF_ERROR(WriteDurably(stem_ + ".json", manifest.dump(2) + "\n"));
    stored_.collection = collection_;
    stored_.made_ms = now_ms;
    stored_.points = points;
    stored_.state = BackupState::kGood;
    stored_.has_manifest = true;
    return absl::OkStatus();
  }

  const QdrantAdmin& admin_;
  const std::string collection_;
  const std::string folder_;
  std::string stem_;
  std::string staged_;  // is removed unless it was kept
  StoredSnapshot stored_;
};

}  // namespace

absl::StatusOr<StoredSnapshot> StoreSnapshot(const QdrantAdmin& admin, const std::string& collection,
                                             const std::string& folder, SnapshotUse use, std::int64_t now_ms) {
  return SnapshotFetch(admin, collection, folder).Run(use, now_ms);
}

absl::StatusOr<StoredSnapshot> VerifyStored(const std::string& path) {
  std::error_code error;
  // What a person names may be a link; from here on none is followed.
  const std::filesystem::path file = std::filesystem::canonical(path, error);
  if (error) return FromErrno(error.value(), "cannot open " + ToUtf8(path));
  const std::string name = file.filename();
  const std::optional<BackupName> what = ParseBackupName(name, false);
  if (!what || what->kind != BackupKind::kQdrant) {
    return InvalidArgument("not a snapshot of a Qdrant collection: " + ToUtf8(path) + "; its name ends in .snapshot");
  }
  ASSIGN_OR_RETURN(const Directory folder, Directory::OpenRoot(file.parent_path()));
  const BackupVerdict verdict = VerifyBackup(folder, name, *what, VerifyLevel::kFull);
  StoredSnapshot stored{.path = file, .collection = verdict.collection};
  stored.made_ms = verdict.made_ms > 0 ? verdict.made_ms : what->made_ms.value_or(0);
  stored.size = static_cast<std::int64_t>(std::filesystem::file_size(file, error));
  stored.sha256 = verdict.sha256;
  stored.points = verdict.points;
  stored.state = verdict.state;
  stored.has_manifest = verdict.has_manifest;
  stored.is_copy = name.find("_backup_") != std::string::npos;
  if (!verdict.errors.empty()) stored.problem = verdict.errors.front();
  return stored;
}

std::vector<StoredSnapshot> ListStored(const std::vector<std::string>& folders, const std::string& collection) {
  std::vector<StoredSnapshot> found;
  for (const std::string& path : folders) {
    const absl::StatusOr<Directory> folder = Directory::OpenRoot(path);
    if (!folder.ok()) continue;
    const absl::Status listed = folder->List([&](const std::string& name, EntryType type) {
      const std::optional<BackupName> what = type == EntryType::kFile ? ParseBackupName(name, false) : std::nullopt;
      if (!what || what->kind != BackupKind::kQdrant) return;
      if (!collection.empty() && what->collection != collection) return;
      StoredSnapshot snapshot{.path = path + "/" + name, .collection = what->collection};
      const absl::StatusOr<FileStat> stat = folder->Stat(name);
      if (!stat.ok()) return;
      snapshot.size = stat->size;
      snapshot.made_ms = std::min(what->made_ms.value_or(stat->mtime_ms()), stat->mtime_ms());
      snapshot.is_copy = name.find("_backup_") != std::string::npos;
      snapshot.has_manifest = folder->Stat(ManifestNameOf(*what, name)).ok();
      found.push_back(std::move(snapshot));
    });
    (void)listed;
  }
  std::sort(found.begin(), found.end(), [](const StoredSnapshot& a, const StoredSnapshot& b) {
    return std::pair(b.made_ms, a.path) < std::pair(a.made_ms, b.path);
  });
  return found;
}

}  // namespace fleet::agent
