#include "agent/checks/config_files_view.h"
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
  // The guide's state.json is no document of dgmo's, but belongs to the same rule as the TUI's state.
  if (damaged.place.cls == DocumentClass::kApp && damaged.place.subject != "app") return "APP_STATE_INVALID";
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

// dgmo replaces its own app.json at every start, unless it holds null; nothing replaces that of a workspace.
void SetAppSeverity(const RootView& root, const DamagedDocument& damaged, Finding& finding) {
  if (damaged.fault.kind == FaultKind::kByteOrderMark || damaged.fault.kind == FaultKind::kOversize) return;
  if (root.model().root.kind == RootKind::kGuide) finding.severity = Severity::kP2;
  const bool program = root.model().root.kind == RootKind::kProgram;
  if (program && damaged.fault.kind == FaultKind::kShape && IsNull(damaged)) finding.severity = Severity::kP1;
}

void AddEvidence(Finding& finding, const Fault& fault, const std::string& sha256) {
  if (!sha256.empty()) finding.evidence["sha256"] = sha256;
  if (fault.offset) finding.evidence["offset"] = *fault.offset;
  if (!fault.detail.empty()) finding.evidence["fault"] = fault.detail;
}

}  // namespace

void CheckDocuments(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [path, damaged] : root.model().damaged) {
    if (damaged.place.cls == DocumentClass::kNone || root.IsFresh(damaged.stat.mtime_ms())) continue;
    Finding finding = root.Draft(CodeOf(damaged), damaged.place.subject, {path}, path);
    if (damaged.fault.kind == FaultKind::kByteOrderMark) finding.severity = Severity::kP3;
    if (damaged.place.cls == DocumentClass::kApp) SetAppSeverity(root, damaged, finding);
    if (damaged.place.cls == DocumentClass::kMessage) finding.evidence["session"] = damaged.place.session;
    AddStat(finding, damaged.stat);
    AddEvidence(finding, damaged.fault, damaged.sha256);
    if (!damaged.head_hex.empty()) finding.evidence["head_hex"] = damaged.head_hex;
    findings.push_back(std::move(finding));
  }
}

// No first bytes: a configuration may begin with a secret.
void CheckConfigurations(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.config) return;
  for (const ConfigFile& file : home.model.config->files) {
    const std::optional<Fault>& fault = file.document.fault;
    if (!fault || file.document.comments || IsBeingWritten(home, file.stat)) continue;
    // A global file that nobody can read is said whatever its name; a project's only when dgmo reads it.
    if (!file.project.empty() && !IsLoaded(home.model, file)) continue;
    Finding finding = DraftFinding(std::string("CONFIG").append(SuffixOf(fault->kind)), "", home.model.home.path,
                                   "config", {file.path}, file.path);
    AddStat(finding, file.stat);
    AddEvidence(finding, *fault, file.sha256);
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
