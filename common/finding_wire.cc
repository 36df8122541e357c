#include "common/finding_wire.h"

#include "common/status.h"
#include "common/utf8.h"

namespace fleet {

namespace {

constexpr std::size_t kMaxText = 4096;
constexpr int kMaxPaths = 64;
constexpr std::size_t kMaxEvidence = 64;

bool TooLong(const v1::Finding& wire) {
  for (const std::string* text : {&wire.fingerprint(), &wire.code(), &wire.component(), &wire.root_kind(), &wire.root(),
                                  &wire.path(), &wire.subject_id(), &wire.repair(), &wire.refusal()}) {
    if (text->size() > kMaxText) return true;
  }
  for (const std::string& path : wire.paths()) {
    if (path.size() > kMaxText) return true;
  }
  for (const auto& [name, value] : wire.evidence()) {
    if (name.size() > kMaxText || value.text().size() > kMaxText) return true;
  }
  return wire.paths_size() > kMaxPaths || static_cast<std::size_t>(wire.evidence_size()) > kMaxEvidence;
}

std::string Bounded(const std::string& bytes) {
  std::string text = ToUtf8(bytes);
  if (text.size() <= kMaxText) return text;
  return ToUtf8(std::string_view(text).substr(0, kMaxText - 16)) + "...";
}

}  // namespace

v1::Severity ToWire(Severity severity) { return static_cast<v1::Severity>(static_cast<int>(severity) + 1); }

absl::StatusOr<Severity> FromWire(v1::Severity wire) {
  if (wire < v1::SEVERITY_P0 || wire > v1::SEVERITY_P3) return InvalidArgument("severity is missing or unknown");
  return static_cast<Severity>(static_cast<int>(wire) - 1);
}

v1::Finding ToWire(const Finding& finding) {
  v1::Finding wire;
  wire.set_fingerprint(finding.fingerprint);
  wire.set_code(finding.code);
  wire.set_severity(ToWire(finding.severity));
  wire.set_component(finding.component);
  wire.set_root_kind(finding.root_kind);
  wire.set_root(Bounded(finding.root));
  wire.set_path(Bounded(finding.path));
  for (const std::string& path : finding.paths) {
    if (wire.paths_size() == kMaxPaths) break;
    wire.add_paths(Bounded(path));
  }
  wire.set_subject_id(Bounded(finding.subject_id));
  for (const auto& [name, value] : finding.evidence) {
    v1::EvidenceValue& out = (*wire.mutable_evidence())[name];
    if (const auto* number = std::get_if<std::int64_t>(&value)) out.set_number(*number);
    if (const auto* text = std::get_if<std::string>(&value)) out.set_text(Bounded(*text));
  }
  wire.set_repair(finding.repair);
  wire.set_auto_(finding.auto_repair);
  wire.set_refusal(Bounded(finding.refusal));
  wire.set_first_seen_ms(finding.first_seen_ms);
  wire.set_last_seen_ms(finding.last_seen_ms);
  return wire;
}

absl::StatusOr<Finding> FromWire(const v1::Finding& wire) {
  if (wire.fingerprint().empty() || wire.code().empty()) {
    return InvalidArgument("a finding has no code or no fingerprint");
  }
  if (TooLong(wire)) return InvalidArgument("finding " + wire.code() + " has a text over 4 KiB or too many paths");
  Finding finding;
  ASSIGN_OR_RETURN(finding.severity, FromWire(wire.severity()));
  finding.code = wire.code();
  finding.component = wire.component();
  finding.root_kind = wire.root_kind();
  finding.root = wire.root();
  finding.path = wire.path();
  finding.paths.assign(wire.paths().begin(), wire.paths().end());
  finding.subject_id = wire.subject_id();
  for (const auto& [name, value] : wire.evidence()) {
    if (value.has_number()) {
      finding.evidence[name] = static_cast<std::int64_t>(value.number());
    } else {
      finding.evidence[name] = value.text();
    }
  }
  finding.repair = wire.repair();
  finding.auto_repair = wire.auto_();
  finding.refusal = wire.refusal();
  finding.fingerprint = wire.fingerprint();
  finding.first_seen_ms = wire.first_seen_ms();
  finding.last_seen_ms = wire.last_seen_ms();
  return finding;
}

}  // namespace fleet
