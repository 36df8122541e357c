#include <map>
#include <set>

#include "agent/bundle/sections/sections.h"
#include "common/rule_catalogue.h"
#include "common/time_text.h"

namespace fleet::agent {

// The text for an issue (catalogue: "Contact procedure"): may be read by everybody, so it names codes and counts only,
// no path, no name. The agent prepares it; somebody else sends it.

namespace {

constexpr std::size_t kCodesInTitle = 3;

// The error codes of upstream's plan (catalogue: "Error codes") by the numbers of the rules that raise them.
std::string_view UpstreamCode(int rule) {
  static const std::map<int, std::string_view> kCodes = {
      {128, "SYS-001"}, {101, "SYS-002"}, {102, "SYS-002"},  {11, "SYS-003"},   {20, "DATA-001"},
      {21, "DATA-001"}, {22, "DATA-001"}, {23, "DATA-001"},  {24, "DATA-001"},  {25, "DATA-001"},
      {30, "DATA-001"}, {31, "DATA-001"}, {105, "DATA-002"}, {112, "DATA-002"}, {104, "NET-001"},
      {124, "NET-001"}, {125, "NET-001"}, {126, "NET-001"},  {127, "NET-001"}};
  const auto code = kCodes.find(rule);
  return code == kCodes.end() ? "" : code->second;
}

struct Kind {
  Severity severity = Severity::kP3;
  std::string code;
  auto operator<=>(const Kind&) const = default;
};

std::string TitleOf(const std::map<Kind, std::int64_t>& kinds) {
  if (kinds.empty()) return "[P3] Diagnostics without a finding";
  std::string title = "[" + std::string(SeverityText(kinds.begin()->first.severity)) + "] ";
  std::size_t count = 0;
  for (const auto& [kind, number] : kinds) {
    if (count++ == kCodesInTitle) break;
    title += (count > 1 ? ", " : "") + kind.code;
  }
  if (kinds.size() > kCodesInTitle) title += " and " + std::to_string(kinds.size() - kCodesInTitle) + " more";
  return title;
}

std::string Table(const std::map<Kind, std::int64_t>& kinds) {
  std::string text = "| severity | code | error code | component | times | meaning |\n|---|---|---|---|---|---|\n";
  for (const auto& [kind, number] : kinds) {
    const Rule* rule = FindRule(kind.code);
    text += "| " + std::string(SeverityText(kind.severity)) + " | " + kind.code + " | " +
            (rule == nullptr ? "" : std::string(UpstreamCode(rule->number))) + " | " +
            (rule == nullptr ? "" : std::string(rule->component)) + " | " + std::to_string(number) + " | " +
            (rule == nullptr ? "" : rule->meaning) + " |\n";
  }
  return text;
}

}  // namespace

void AddIssue(const BundleInput& input, Redactor& redactor, Bundle& bundle) {
  std::map<Kind, std::int64_t> kinds;
  for (const Finding& finding : input.findings) ++kinds[{finding.severity, finding.code}];
  const Severity worst = kinds.empty() ? Severity::kP3 : kinds.begin()->first.severity;
  std::string text = "# " + redactor.Text(TitleOf(kinds)) + "\n\n";
  text += "Severity: " + std::string(SeverityText(worst)) + (worst == Severity::kP0 ? "\nTag: CRITICAL" : "") +
          "\nFound: " + TimeText(input.now_ms) + " by dgmo-agent " FLEET_VERSION "\n\n";
  text += "## What was found\n\n" + (kinds.empty() ? std::string("Nothing.\n") : Table(kinds));
  text +=
      "\n## Steps to reproduce\n\n(to be written by whoever saw it: what was done, what was expected, what happened)\n";
  text +=
      "\n## Diagnostics\n\nThe bundle this text comes from holds the report (report.txt), all findings (check.json), "
      "the "
      "data roots, backups, repairs and what the logs say, without texts and secrets. Attach it where it is not "
      "public.\n";
  text +=
      "\n## To do before sending\n\n1. Internally first: the responsible administrator gets this text and the bundle.\n"
      "2. Then an issue at https://github.com/sst/dgmo/issues, or your own tracker, with the severity as a tag; ask "
      "again within 24 hours.\n3. P0: tag CRITICAL, and call somebody.\n";
  bundle.Add("issue.md", text);
  bundle.Report("Issue", "prepared in issue.md: " + redactor.Text(TitleOf(kinds)) + "\n");
}

}  // namespace fleet::agent
