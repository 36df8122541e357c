#include "agent/cli/explain_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/terminal.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kMostNear = 5;

// How many letters must change to get from one to the other.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::vector<std::string> CodesCuredBy(std::string_view repair) {
  std::vector<std::string> codes;
  for (const Rule& rule : AllRules()) {
    if (rule.repair == repair) codes.push_back(rule.code);
  }
  return codes;
}

nlohmann::ordered_json OrNull(std::string_view text) {
  if (text.empty()) return nullptr;
  return std::string(text);
}

std::string RepairLine(const Rule& rule) {
  if (rule.repair.empty()) return "none\n";
  std::string line(rule.repair);
  if (const RepairDescription* repair = FindRepairDescription(rule.repair)) {
    line += rule.automatic ? " (safe to do unasked): " : ": ";
    return line + std::string(repair->effect) + "\n";
  }
  return RepairRefusal(rule.repair) + "\n";
}

}  // namespace

std::string RuleText(const Rule& rule) {
  std::string text = rule.code + "  (" + std::string(SeverityText(rule.severity));
  if (!rule.severity_note.empty()) text += "; " + std::string(rule.severity_note);
  text += ", " + std::string(rule.component) + ", rule " + std::to_string(rule.number) + ")\n\n";
  text += "What it means  " + rule.meaning + "\n";
  text += "What to do     " + std::string(rule.action) + "\n";
  if (!rule.security_note.empty()) text += "Security       " + std::string(rule.security_note) + "\n";
  return text + "Repair         " + RepairLine(rule);
}

std::string RepairDescriptionText(const RepairDescription& repair) {
  std::string text(repair.id);
  text += repair.needs_consent ? "  (needs consent)\n\n" : "\n\n";
  text += "What it does  " + std::string(repair.effect) + "\n";
  text += repair.of_files
              ? "              Every file it touches is copied first; `dgmo-agent undo` takes it back.\n"
              : "              It changes no file of a store: it is verified, and there is nothing to take back.\n";
  text += "Cures         ";
  std::string codes;
  for (const std::string& code : CodesCuredBy(repair.id)) codes += (codes.empty() ? "" : ", ") + code;
  return text + codes + "\n";
}

std::string CatalogueText() {
  Table rules({"CODE", "SEVERITY", "COMPONENT", "REPAIR"});
  for (const Rule& rule : AllRules()) {
    const std::string varies = rule.severity_note.empty() ? "" : "*";
    rules.Add({rule.code, std::string(SeverityText(rule.severity)) + varies, std::string(rule.component),
               rule.repair.empty() ? "-" : std::string(rule.repair)});
  }
  Table repairs({"REPAIR", "WHAT IT DOES"});
  for (const RepairDescription& repair : AllRepairDescriptions()) {
    repairs.Add({std::string(repair.id), std::string(repair.effect)});
  }
  return rules.Text() + "* varies with the circumstances; `dgmo-agent explain CODE` says how\n\n" + repairs.Text();
}

nlohmann::ordered_json RuleJson(const Rule& rule) {
  nlohmann::ordered_json json;
  json["code"] = rule.code;
  json["rule"] = rule.number;
  json["severity"] = SeverityText(rule.severity);
  json["severity_note"] = OrNull(rule.severity_note);
  json["component"] = rule.component;
  json["meaning"] = rule.meaning;
  json["action"] = rule.action;
  json["repair"] = OrNull(rule.repair);
  json["auto"] = rule.automatic;
  json["refusal"] = OrNull(RepairRefusal(rule.repair));
  json["security_note"] = OrNull(rule.security_note);
  return json;
}

nlohmann::ordered_json RepairDescriptionJson(const RepairDescription& repair) {
  nlohmann::ordered_json json;
  json["repair"] = repair.id;
  json["effect"] = repair.effect;
  json["needs_consent"] = repair.needs_consent;
  json["codes"] = CodesCuredBy(repair.id);
  return json;
}

nlohmann::ordered_json CatalogueJson() {
  nlohmann::ordered_json json;
  json["rules"] = nlohmann::ordered_json::array();
  for (const Rule& rule : AllRules()) json["rules"].push_back(RuleJson(rule));
  json["repairs"] = nlohmann::ordered_json::array();
  for (const RepairDescription& repair : AllRepairDescriptions()) {
    json["repairs"].push_back(RepairDescriptionJson(repair));
  }
  return json;
}

std::vector<std::string> NearNames(std::string_view misspelt) {
  misspelt = misspelt.substr(0, 64);
  std::vector<std::pair<std::size_t, std::string>> near;
  const auto consider = [&](const std::string& name) {
    const bool contains = misspelt.size() >= 3 && name.find(misspelt) != std::string::npos;
    const std::size_t distance = Distance(misspelt, name);
    if (contains || distance <= name.size() / 3) near.emplace_back(contains ? 0 : distance, name);
  };
  for (const Rule& rule : AllRules()) consider(rule.code);
  for (const RepairDescription& repair : AllRepairDescriptions()) consider(std::string(repair.id));
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (const auto& [distance, name] : near) {
    if (names.size() < kMostNear) names.push_back(name);
  }
  return names;
}

}  // namespace fleet::agent
