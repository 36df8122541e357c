#include "agent/backup/session_archive.h"

#include <utility>

#include "agent/backup/member_place.h"
#include "agent/store/padded_text.h"
#include "common/sha256.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

class SessionVisitor final : public TarVisitor {
 public:
  SessionVisitor(const std::optional<SessionManifest>& manifest, VerifyLevel level, BackupVerdict& verdict)
      : manifest_(manifest), level_(level), verdict_(verdict) {
    if (!manifest_) return;
    keys_ = manifest_->root_keys();
    for (const auto& [path, file] : manifest_->files) {
      if (!file.archive.empty()) continue;
      ++own_files_;
      own_bytes_ += file.size;
    }
  }

  void Begin(const std::string& path, std::int64_t size) override {
    place_ = PlaceOfMember(path, keys_);
    path_ = path;
    size_ = 0;
    bytes_ += size;
    if (place_.cls != DocumentClass::kNone) verdict_.root_keys.insert(place_.root_key);
    if (!place_.session.empty()) verdict_.session_ids.insert(place_.session);
    parses_ = level_ != VerifyLevel::kQuick && place_.cls != DocumentClass::kNone && size <= SizeLimit(place_.cls);
    text_.Resize(0);
    if (level_ >= VerifyLevel::kFull) hash_.emplace();
  }

  void Data(std::string_view bytes) override {
    if (parses_) {
      const std::size_t old = text_.view().size();
      text_.Resize(old + bytes.size());
      std::copy(bytes.begin(), bytes.end(), text_.data() + old);
    }
    if (hash_) hash_->Add(bytes);
    size_ += static_cast<std::int64_t>(bytes.size());
  }

  void End() override {
    ++verdict_.files;
    if (parses_) {
      const Document document = parser_.Parse(place_.cls, text_);
      std::holds_alternative<Fault>(document) ? ++damaged_ : ++verdict_.documents;
    }
    if (level_ >= VerifyLevel::kFull && manifest_) CompareFile();
  }

  // After the last member.
  void Finish() {
    if (damaged_ > 0) {
      verdict_.warnings.push_back(std::to_string(damaged_) + " documents were damaged when they were backed up");
    }
    if (!manifest_) {
      verdict_.warnings.emplace_back("there is no manifest to compare with");
      if (level_ != VerifyLevel::kQuick && verdict_.documents == 0) {
        verdict_.Fail(BackupState::kCorrupt, "it holds no readable document of any session");
      }
      return;
    }
    verdict_.root_keys = keys_;
    const std::int64_t found = std::exchange(verdict_.files, static_cast<std::int64_t>(manifest_->files.size()));
    for (const auto& [path, file] : manifest_->files) {
      if (file.archive.empty()) continue;
      const MemberPlace place = PlaceOfMember(path, keys_);
      if (!place.session.empty()) verdict_.session_ids.insert(place.session);
    }
    if (level_ == VerifyLevel::kQuick) return;
    if (own_files_ != found) {
      verdict_.Fail(BackupState::kChecksumMismatch,
                    "it holds " + std::to_string(found) + " files, the manifest names " + std::to_string(own_files_));
    } else if (own_bytes_ != bytes_) {
      verdict_.Fail(BackupState::kChecksumMismatch, "its files have " + std::to_string(bytes_) +
                                                        " bytes, those of the manifest " + std::to_string(own_bytes_));
    }
  }

 private:
  void CompareFile() {
    const auto file = manifest_->files.find(path_);
    if (file == manifest_->files.end() || !file->second.archive.empty()) {
      verdict_.Fail(BackupState::kChecksumMismatch, "the manifest does not name " + ToUtf8(path_));
    } else if (file->second.size != size_ || file->second.sha256 != hash_->Hex()) {
      verdict_.Fail(BackupState::kChecksumMismatch, "not as the manifest says: " + ToUtf8(path_));
    }
  }

  const std::optional<SessionManifest>& manifest_;
  const VerifyLevel level_;
  BackupVerdict& verdict_;
  std::set<std::string> keys_;
  DocumentParser parser_;
  PaddedText text_;
  std::optional<Sha256> hash_;
  MemberPlace place_;
  std::string path_;
  std::int64_t size_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t damaged_ = 0;
  std::int64_t own_files_ = 0;  // that the manifest says are in this archive
  std::int64_t own_bytes_ = 0;
  bool parses_ = false;
};

}  // namespace

BackupVerdict VerifySessionArchive(int fd, const std::optional<SessionManifest>& manifest, VerifyLevel level,
                                   const TarLimits& limits) {
  BackupVerdict verdict;
  verdict.has_manifest = manifest.has_value();
  if (manifest) {
    verdict.made_ms = manifest->created_ms;
    verdict.needs = manifest->needs;
  }
  SessionVisitor visitor(manifest, level, verdict);
  const absl::StatusOr<TarSummary> summary = WalkTar(fd, TarEncoding::kGzip, limits, visitor);
  if (!summary.ok()) {
    const bool damaged = absl::IsDataLoss(summary.status());
    verdict.Fail(damaged ? BackupState::kCorrupt : BackupState::kUnverified, MessageOf(summary.status()));
    return verdict;
  }
  if (verdict.errors.empty()) verdict.state = BackupState::kGood;
  verdict.sha256 = summary->sha256;
  verdict.unpacked_bytes = summary->unpacked_bytes;
  if (manifest && manifest->archive_sha256 != summary->sha256) {
    verdict.Fail(BackupState::kChecksumMismatch, "its SHA-256 is not the one in its manifest");
  }
  visitor.Finish();
  return verdict;
}

}  // namespace fleet::agent
