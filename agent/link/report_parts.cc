#include "agent/link/report_parts.h"

#include <utility>

namespace fleet::agent {

v1::Finding BoundedWire(const Finding& finding) {
  v1::Finding wire = ToWire(finding);
  if (wire.ByteSizeLong() > kMaxFindingBytes) wire.clear_paths();
  if (wire.ByteSizeLong() > kMaxFindingBytes) wire.clear_evidence();
  return wire;
}

v1::FindingReport& ReportParts::Room(std::size_t bytes) {
  if (parts_.empty() || bytes_ + bytes > kMaxPartBytes || parts_.back().found_size() == kMaxFindingsInPart) {
    parts_.emplace_back();
    bytes_ = 0;
  }
  bytes_ += bytes;
  return parts_.back();
}

void ReportParts::AddFound(v1::Finding finding) {
  v1::FindingReport& part = Room(finding.ByteSizeLong());
  *part.add_found() = std::move(finding);
}

void ReportParts::AddGone(const std::string& fingerprint) {
  Room(fingerprint.size()).add_gone_fingerprints(fingerprint);
}

std::vector<v1::FindingReport> ReportParts::Take() {
  if (parts_.empty()) parts_.emplace_back();
  bytes_ = 0;
  return std::exchange(parts_, {});
}

}  // namespace fleet::agent
