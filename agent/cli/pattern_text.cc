#include "agent/cli/pattern_text.h"

#include <nlohmann/json.hpp>

#include "agent/cli/explain_text.h"
#include "common/rules/log_rules.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string Joined(const std::vector<std::string>& codes) {
  std::string joined;
  for (const std::string& code : codes) joined += (joined.empty() ? "" : ", ") + code;
  return joined;
}

std::string ConfirmedBy(const LogPattern& pattern) {
  std::string text = Joined(pattern.confirmed_by);
  if (!pattern.confirmed_by_id.empty()) {
    text += (text.empty() ? "" : "; ") + std::string("about the session it names: ") + Joined(pattern.confirmed_by_id);
  }
  return text.empty() ? "no finding: it only tells" : text;
}

}  // namespace

std::string PatternText(const LogPattern& pattern) {
  return ToUtf8(RuleText(PatternRule(pattern))) + "Looks for      " + ToPrintable(pattern.regex) +
         "   (any case, in logs and in the errors of messages)\n" + "Confirmed by   " +
         ToPrintable(ConfirmedBy(pattern)) + "\n";
}

std::string PatternsText(const PatternCatalogue& catalogue) {
  Table table({"CODE", "COMPONENT", "CONFIRMED BY", "LOOKS FOR"});
  for (const LogPattern& pattern : catalogue.patterns()) {
    table.Add({pattern.code(), pattern.component, ConfirmedBy(pattern), pattern.regex});
  }
  return table.Text() + "Built-in patterns: version " + std::to_string(PatternCatalogue::kBuiltInVersion) +
         (catalogue.version() == 0 ? "" : "; your file: version " + std::to_string(catalogue.version())) +
         ". `dgmo-agent explain CODE` says what one means.\n";
}

nlohmann::ordered_json PatternJson(const LogPattern& pattern) {
  nlohmann::ordered_json json = RuleJson(PatternRule(pattern));
  json["pattern"] = pattern.name;
  json["regex"] = ToUtf8(pattern.regex);
  json["confirmed_by"] = pattern.confirmed_by;
  json["confirmed_by_id"] = pattern.confirmed_by_id;
  return json;
}

nlohmann::ordered_json PatternsJson(const PatternCatalogue& catalogue) {
  nlohmann::ordered_json json;
  json["built_in_version"] = PatternCatalogue::kBuiltInVersion;
  json["version"] = catalogue.version();
  json["patterns"] = nlohmann::ordered_json::array();
  for (const LogPattern& pattern : catalogue.patterns()) json["patterns"].push_back(PatternJson(pattern));
  return json;
}

}  // namespace fleet::agent
