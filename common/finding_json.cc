#include "common/finding_json.h"

#include <nlohmann/json.hpp>

#include "common/utf8.h"

namespace fleet {

namespace {

nlohmann::ordered_json OrNull(const std::string& text) {
  if (text.empty()) return nullptr;
  return ToUtf8(text);
}

}  // namespace

nlohmann::ordered_json ToJson(const Finding& finding) {
  nlohmann::ordered_json json;
  json["code"] = finding.code;
  json["severity"] = SeverityText(finding.severity);
  json["component"] = finding.component;
  json["root"] = OrNull(finding.root);
  json["root_kind"] = OrNull(finding.root_kind);
  json["path"] = OrNull(finding.path);
  json["paths"] = nlohmann::ordered_json::array();
  for (const std::string& path : finding.paths) json["paths"].push_back(ToUtf8(path));
  json["subject_id"] = OrNull(finding.subject_id);
  json["evidence"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : finding.evidence) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) json["evidence"][name] = *number;
    if (const auto* text = std::get_if<std::string>(&value)) json["evidence"][name] = ToUtf8(*text);
  }
  json["repair"] = OrNull(finding.repair);
  json["auto"] = finding.auto_repair;
  json["refusal"] = OrNull(finding.refusal);
  json["fingerprint"] = finding.fingerprint;
  json["first_seen"] = finding.first_seen_ms;
  json["last_seen"] = finding.last_seen_ms;
  return json;
}

}  // namespace fleet
