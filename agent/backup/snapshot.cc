#include "agent/backup/snapshot.h"

#include <nlohmann/json.hpp>

#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostConfig = 1 << 20;

// Looks for the collection's own configuration, which the server writes at the top of the archive.
class SnapshotVisitor final : public TarVisitor {
 public:
  void Begin(const std::string& path, std::int64_t) override { in_config_ = path == "config.json"; }
  void Data(std::string_view bytes) override {
    if (in_config_ && config_.size() + bytes.size() <= kMostConfig) config_ += bytes;
  }
  void End() override { ++files; }

  bool HasConfig() const {
    const nlohmann::json config = nlohmann::json::parse(config_, nullptr, false);
    return config.is_object() && config.contains("params");
  }

  std::int64_t files = 0;

 private:
  bool in_config_ = false;
  std::string config_;
};

void Compare(const TarSummary& summary, const std::optional<SnapshotManifest>& manifest, const std::string& checksum,
             BackupVerdict& verdict) {
  if (!checksum.empty() && checksum != summary.sha256) {
    verdict.Fail(BackupState::kChecksumMismatch, "its SHA-256 is not the one in its checksum file");
  }
  if (!manifest) {
    if (checksum.empty()) verdict.warnings.emplace_back("there is no manifest to compare with");
    return;
  }
  if (manifest->size && *manifest->size != summary.packed_bytes) {
    verdict.Fail(BackupState::kChecksumMismatch, "it has " + std::to_string(summary.packed_bytes) +
                                                     " bytes, its manifest announces " +
                                                     std::to_string(*manifest->size));
  }
  if (manifest->sha256 != summary.sha256) {
    verdict.Fail(BackupState::kChecksumMismatch, "its SHA-256 is not the one in its manifest");
  }
}

}  // namespace

BackupVerdict VerifySnapshot(int fd, const std::optional<SnapshotManifest>& manifest, const std::string& checksum,
                             const TarLimits& limits) {
  BackupVerdict verdict;
  verdict.has_manifest = manifest.has_value();
  if (manifest) {
    verdict.made_ms = manifest->created_ms;
    verdict.collection = manifest->collection;
    verdict.points = manifest->exact_count;
  }
  SnapshotVisitor visitor;
  const absl::StatusOr<TarSummary> summary = WalkTar(fd, TarEncoding::kPlain, limits, visitor);
  if (!summary.ok()) {
    const bool damaged = absl::IsDataLoss(summary.status());
    verdict.Fail(damaged ? BackupState::kCorrupt : BackupState::kUnverified, MessageOf(summary.status()));
    return verdict;
  }
  verdict.state = BackupState::kGood;
  verdict.sha256 = summary->sha256;
  verdict.unpacked_bytes = summary->unpacked_bytes;
  verdict.files = visitor.files;
  if (!visitor.HasConfig()) {
    verdict.Fail(BackupState::kCorrupt, "it holds no configuration of a collection: it is no Qdrant snapshot");
  }
  Compare(*summary, manifest, checksum, verdict);
  return verdict;
}

}  // namespace fleet::agent
