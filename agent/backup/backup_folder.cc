#include "agent/backup/backup_folder.h"

#include "agent/backup/member_place.h"
#include "agent/store/padded_text.h"
#include "agent/store/session_id.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr int kDeepest = 12;
constexpr std::int64_t kMostEntries = 1'000'000;

class FolderWalk {
 public:
  explicit FolderWalk(const Directory& folder) : folder_(folder) {}

  BackupVerdict Run() {
    const absl::Status walked = Enter(folder_, "", 0);
    if (!walked.ok()) {
      verdict_.Fail(BackupState::kUnverified, MessageOf(walked));
      return std::move(verdict_);
    }
    verdict_.warnings.emplace_back("a copied folder has no manifest to compare with");
    verdict_.state = BackupState::kGood;
    if (verdict_.documents == 0) verdict_.Fail(BackupState::kCorrupt, "it holds no readable document of any session");
    return std::move(verdict_);
  }

 private:
  absl::Status Enter(const Directory& directory, const std::string& path, int depth) {
    if (depth > kDeepest) return ResourceExhausted("its folders are too deep");
    std::vector<std::string> files;
    std::vector<std::string> folders;
    RETURN_IF_ERROR(directory.List([&](const std::string& name, EntryType type) {
      if (++entries_ > kMostEntries) return;
      if (type == EntryType::kFile) files.push_back(name);
      if (type == EntryType::kDirectory) folders.push_back(name);
    }));
    if (entries_ > kMostEntries) return ResourceExhausted("it holds too many files");
    for (const std::string& name : files) ReadFile(directory, name, path.empty() ? name : path + "/" + name);
    for (const std::string& name : folders) {
      ASSIGN_OR_RETURN(const Directory below, directory.Open(name));
      RETURN_IF_ERROR(Enter(below, path.empty() ? name : path + "/" + name, depth + 1));
    }
    return absl::OkStatus();
  }

  void ReadFile(const Directory& directory, const std::string& name, const std::string& path) {
    ++verdict_.files;
    MemberPlace place = PlaceOfMember(path, {});
    // The guide's copy is the sessions folder itself: its files are infos.
    if (place.cls == DocumentClass::kNone) place = PlaceOfMember("sessions/" + path, {});
    if (place.cls == DocumentClass::kNone) return;
    FileStat stat;
    if (!directory.Read(name, SizeLimit(place.cls), text_, stat).ok()) return;
    if (std::holds_alternative<Fault>(parser_.Parse(place.cls, text_))) return;
    ++verdict_.documents;
    verdict_.unpacked_bytes += stat.size;
    if (!place.session.empty()) verdict_.session_ids.insert(place.session);
  }

  const Directory& folder_;
  BackupVerdict verdict_;
  DocumentParser parser_;
  PaddedText text_;
  std::int64_t entries_ = 0;
};

}  // namespace

BackupVerdict VerifyBackupFolder(const Directory& folder) { return FolderWalk(folder).Run(); }

}  // namespace fleet::agent
