#include "agent/cli/selectors.h"

#include <set>

#include "agent/checks/relatives.h"
#include "common/rule_catalogue.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool Matches(std::string_view pattern, std::string_view code) {
  if (!pattern.empty() && pattern.back() == '*') {
    pattern.remove_suffix(1);
    return code.substr(0, pattern.size()) == pattern;
  }
  return code == pattern;
}

}  // namespace

void AddSelectorOptions(CLI::App& command, Selectors& selectors) {
  command.add_option("--only", selectors.only, "Only these codes, comma separated; INDEX_* means all that begin so")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("CODE,...");
  command.add_option("--session", selectors.session, "Only what concerns this session or its relatives")
      ->type_name("ID");
}

absl::StatusOr<std::vector<std::string>> ExpandCodes(const std::vector<std::string>& patterns,
                                                     const PatternCatalogue& logs) {
  std::vector<std::string> codes;
  for (const std::string& pattern : patterns) {
    const std::size_t before = codes.size();
    for (const Rule& rule : AllRules()) {
      if (Matches(pattern, rule.code)) codes.push_back(rule.code);
    }
    // Those of an extension have no row in the rule catalogue.
    for (const LogPattern& known : logs.patterns()) {
      if (FindRule(known.code())->code != known.code() && Matches(pattern, known.code())) codes.push_back(known.code());
    }
    if (codes.size() == before) {
      return InvalidArgument("no code is called " + ToPrintable(pattern) + "; `dgmo-agent explain` lists them all");
    }
  }
  if (patterns.empty()) {
    for (const Rule& rule : AllRules()) codes.push_back(rule.code);
  }
  return codes;
}

absl::StatusOr<std::vector<Finding>> Select(const Selectors& selectors, const HomeModel& home,
                                            std::vector<Finding> findings, const PatternCatalogue& logs) {
  if (!selectors.only.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> codes, ExpandCodes(selectors.only, logs));
    const std::set<std::string> wanted(codes.begin(), codes.end());
    std::erase_if(findings, [&](const Finding& finding) { return wanted.count(finding.code) == 0; });
  }
  if (!selectors.session.empty()) {
    const std::set<std::string> ids = RelativesOf(home, selectors.session);
    std::erase_if(findings, [&](const Finding& finding) { return !IsAbout(finding, ids); });
  }
  return findings;
}

}  // namespace fleet::agent
