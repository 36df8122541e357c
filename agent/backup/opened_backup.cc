#include "agent/backup/opened_backup.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <optional>

#include "agent/backup/member_place.h"
#include "agent/backup/verify.h"
#include "agent/store/descriptor.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kLargestMember = std::int64_t{256} << 20;
constexpr int kDeepest = 12;

// Collects members whole and hands each to `take`.
class Collector final : public TarVisitor {
 public:
  using Wants = absl::FunctionRef<bool(const std::string& path)>;
  using Take = absl::FunctionRef<absl::Status(const std::string& path, std::string_view bytes)>;
  Collector(Wants wants, Take take) : wants_(wants), take_(take) {}

  void Begin(const std::string& path, std::int64_t size) override {
    collects_ = status_.ok() && size <= kLargestMember && wants_(path);
    path_ = path;
    bytes_.clear();
  }
  void Data(std::string_view bytes) override {
    if (collects_) bytes_ += bytes;
  }
  void End() override {
    if (collects_) status_ = take_(path_, bytes_);
  }
  const absl::Status& status() const { return status_; }

 private:
  Wants wants_;
  Take take_;
  std::string path_;
  std::string bytes_;
  bool collects_ = false;
  absl::Status status_;
};

absl::Status WalkFile(const Directory& folder, const std::string& name, const TarLimits& limits, Collector& collector) {
  const Descriptor file(openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return FromErrno(errno, "cannot open " + ToUtf8(name));
  const absl::StatusOr<TarSummary> walked = WalkTar(file.get(), TarEncoding::kGzip, limits, collector);
  if (!walked.ok()) return Annotate(walked.status(), ToUtf8(name));
  return collector.status();
}

// Every regular file below a copied folder.
absl::Status WalkFolder(const Directory& directory, const std::string& prefix, int depth, Collector& collector) {
  if (depth > kDeepest) return ResourceExhausted("its folders are too deep");
  std::vector<std::string> files;
  std::vector<std::string> folders;
  RETURN_IF_ERROR(directory.List([&](const std::string& name, EntryType type) {
    if (type == EntryType::kFile) files.push_back(name);
    if (type == EntryType::kDirectory) folders.push_back(name);
  }));
  PaddedText bytes;
  FileStat stat;
  for (const std::string& name : files) {
    if (!directory.Read(name, kLargestMember, bytes, stat).ok()) continue;
    collector.Begin(prefix + name, stat.size);
    collector.Data(bytes.view());
    collector.End();
    RETURN_IF_ERROR(collector.status());
  }
  for (const std::string& name : folders) {
    ASSIGN_OR_RETURN(const Directory below, directory.Open(name));
    RETURN_IF_ERROR(WalkFolder(below, prefix + name + "/", depth + 1, collector));
  }
  return absl::OkStatus();
}

// The guide's copy is the sessions folder itself: its files are infos.
MemberPlace PlaceInOldBackup(const std::string& path) {
  MemberPlace place = PlaceOfMember(path, {});
  if (place.cls == DocumentClass::kNone) place = PlaceOfMember("sessions/" + path, {});
  return place;
}

absl::Status Verdict(const BackupVerdict& verdict) {
  if (verdict.state == BackupState::kGood) return absl::OkStatus();
  const std::string why = verdict.errors.empty() ? "it is not good" : ToUtf8(verdict.errors.front());
  return verdict.state == BackupState::kUnverified ? FailedPrecondition(why) : DataLoss(why);
}

}  // namespace

absl::StatusOr<OpenedBackup> OpenedBackup::Open(const std::string& folder, const std::string& name,
                                                const BackupName& what, const TarLimits& limits) {
  ASSIGN_OR_RETURN(Directory directory, Directory::OpenRoot(folder));
  RETURN_IF_ERROR(Verdict(VerifyWholeBackup(directory, name, what, VerifyLevel::kQuick, limits)));
  OpenedBackup backup(std::move(directory), folder, name, limits);
  backup.is_folder_ = what.is_folder;
  absl::StatusOr<SessionManifest> manifest =
      what.is_folder ? NotFound("a copied folder has none") : ReadSessionManifest(backup.folder_, name);
  if (manifest.ok()) {
    backup.manifest_ = *std::move(manifest);
    backup.has_manifest_ = true;
    return backup;
  }
  if (!absl::IsNotFound(manifest.status())) return manifest.status();
  RETURN_IF_ERROR(backup.Describe());
  if (what.made_ms) backup.manifest_.created_ms = *what.made_ms;
  if (!backup.manifest_.files.empty()) return backup;
  return DataLoss("it holds no readable document of any session");
}

absl::Status OpenedBackup::Describe() {
  DocumentParser parser;
  const auto wants = [](const std::string& path) { return PlaceInOldBackup(path).cls != DocumentClass::kNone; };
  const auto take = [&](const std::string& path, std::string_view bytes) {
    const Document document = parser.Parse(PlaceInOldBackup(path).cls, PaddedText(bytes));
    SessionManifest::File file;
    file.size = static_cast<std::int64_t>(bytes.size());
    file.mode = 0600;
    file.sha256 = Sha256Hex(bytes);
    file.damaged = std::holds_alternative<Fault>(document);
    manifest_.files.emplace(path, std::move(file));
    return absl::OkStatus();
  };
  Collector collector(wants, take);
  if (!is_folder_) {
    ASSIGN_OR_RETURN(const FileStat stat, folder_.Stat(name_));
    manifest_.created_ms = stat.mtime_ms();
    return WalkFile(folder_, name_, limits_, collector);
  }
  ASSIGN_OR_RETURN(const Directory inside, folder_.Open(name_));
  ASSIGN_OR_RETURN(const FileStat stat, inside.Stat("."));
  manifest_.created_ms = stat.mtime_ms();
  return WalkFolder(inside, "", 0, collector);
}

absl::Status OpenedBackup::Extract(const std::set<std::string>& members, Sink sink) const {
  if (is_folder_) return ExtractFromFolder(members, sink);
  std::map<std::string, std::set<std::string>> by_archive;
  for (const std::string& member : members) {
    const auto file = manifest_.files.find(member);
    if (file == manifest_.files.end()) return NotFound("the backup does not hold " + ToUtf8(member));
    by_archive[file->second.archive.empty() ? name_ : file->second.archive].insert(member);
  }
  for (const auto& [archive, wanted] : by_archive) RETURN_IF_ERROR(ExtractFrom(archive, wanted, sink));
  return absl::OkStatus();
}

absl::Status OpenedBackup::ExtractFrom(const std::string& archive, const std::set<std::string>& members,
                                       Sink sink) const {
  std::size_t found = 0;
  const auto wants = [&](const std::string& path) { return members.contains(path); };
  const auto take = [&](const std::string& path, std::string_view bytes) {
    if (Sha256Hex(bytes) != manifest_.files.at(path).sha256) {
      return DataLoss(ToUtf8(archive) + " does not hold what its manifest announces: " + ToUtf8(path));
    }
    ++found;
    return sink(path, bytes);
  };
  Collector collector(wants, take);
  RETURN_IF_ERROR(WalkFile(folder_, archive, limits_, collector));
  if (found == members.size()) return absl::OkStatus();
  return DataLoss(ToUtf8(archive) + " lacks " + std::to_string(members.size() - found) + " files that it should hold");
}

absl::Status OpenedBackup::ExtractFromFolder(const std::set<std::string>& members, Sink sink) const {
  ASSIGN_OR_RETURN(const Directory inside, folder_.Open(name_));
  PaddedText bytes;
  FileStat stat;
  for (const std::string& member : members) {
    RETURN_IF_ERROR(inside.Read(member, kLargestMember, bytes, stat));
    if (Sha256Hex(bytes.view()) != manifest_.files.at(member).sha256) {
      return DataLoss(ToUtf8(path()) + " changed meanwhile: " + ToUtf8(member));
    }
    RETURN_IF_ERROR(sink(member, bytes.view()));
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
