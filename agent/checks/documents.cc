#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

std::string_view SuffixOf(FaultKind kind) {
  switch (kind) {
    case FaultKind::kEmpty: return "_JSON_EMPTY";
    case FaultKind::kNul: return "_JSON_NUL";
    case FaultKind::kEncoding:
    case FaultKind::kByteOrderMark: return "_ENCODING_INVALID";
    case FaultKind::kTruncated: return "_JSON_TRUNCATED";
    case FaultKind::kInvalid: return "_JSON_INVALID";
    case FaultKind::kShape: return "_SHAPE_INVALID";
    case FaultKind::kOversize: return "_OVERSIZE";
  }
  return "_JSON_INVALID";
}

std::string CodeOf(const DamagedDocument& damaged) {
  // Nothing but the guide's scripts reads it, and it is rebuilt as a whole.
  if (damaged.place.cls == DocumentClass::kGuideIndex) return "GUIDE_INDEX_MISMATCH";
  return std::string(DocumentClassText(damaged.place.cls)).append(SuffixOf(damaged.fault.kind));
}

// The first bytes, which are in hex, hold null and nothing else but white space.
bool IsNull(const DamagedDocument& damaged) {
  std::string hex = damaged.head_hex;
  for (const std::string_view blank : {"20", "09", "0a", "0d"}) {
    while (hex.rfind(blank, 0) == 0) hex.erase(0, 2);
    while (hex.size() >= 2 && hex.compare(hex.size() - 2, 2, blank) == 0) hex.erase(hex.size() - 2);
  }
  return hex == "6e756c6c";
}

void AddEvidence(Finding& finding, const DamagedDocument& damaged) {
  AddStat(finding, damaged.stat);
  if (!damaged.sha256.empty()) finding.evidence["sha256"] = damaged.sha256;
  if (!damaged.head_hex.empty()) finding.evidence["head_hex"] = damaged.head_hex;
  if (damaged.fault.offset) finding.evidence["offset"] = *damaged.fault.offset;
  if (!damaged.fault.detail.empty()) finding.evidence["fault"] = damaged.fault.detail;
}

}  // namespace

void CheckDocuments(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [path, damaged] : root.model().damaged) {
    if (damaged.place.cls == DocumentClass::kNone || root.IsFresh(damaged.stat.mtime_ms())) continue;
    Finding finding = root.Draft(CodeOf(damaged), damaged.place.subject, {path}, path);
    if (damaged.fault.kind == FaultKind::kByteOrderMark) finding.severity = Severity::kP3;
    const bool program_app = damaged.place.cls == DocumentClass::kApp && root.model().root.kind == RootKind::kProgram;
    if (program_app && damaged.fault.kind == FaultKind::kShape && IsNull(damaged)) finding.severity = Severity::kP1;
    if (damaged.place.cls == DocumentClass::kMessage) finding.evidence["session"] = damaged.place.session;
    AddEvidence(finding, damaged);
    findings.push_back(std::move(finding));
  }
}

void CheckConfigurations(const HomeView& home, std::vector<Finding>& findings) {
  for (const auto& [path, damaged] : home.model.damaged_configs) {
    Finding finding = DraftFinding(CodeOf(damaged), "", home.model.home.path, damaged.place.subject, {path}, path);
    if (damaged.fault.kind == FaultKind::kByteOrderMark) finding.severity = Severity::kP3;
    AddEvidence(finding, damaged);
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
