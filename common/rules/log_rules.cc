#include "common/rules/log_rules.h"

#include "common/rules/families.h"

namespace fleet {

namespace {

constexpr int kPatternRule = 129;
constexpr std::string_view kPatternPrefix = "LOG_PATTERN_";
constexpr std::string_view kPatternNote = "that of the finding which confirms it, when one does";

}  // namespace

Rule PatternRule(const LogPattern& pattern) {
  return {pattern.code(),
          kPatternRule,
          pattern.component,
          Severity::kP3,
          kPatternNote,
          pattern.meaning,
          pattern.action,
          "",
          false,
          ""};
}

const Rule& AnyPatternRule() {
  static const Rule kRule = {"LOG_PATTERN_*",
                             kPatternRule,
                             "machine",
                             Severity::kP3,
                             kPatternNote,
                             "A log holds a line that a pattern of this machine's own pattern file describes.",
                             "Ask `dgmo-agent explain CODE --patterns-file FILE` on the machine what it stands for.",
                             "",
                             false,
                             ""};
  return kRule;
}

bool IsPatternCode(std::string_view code) {
  if (code.substr(0, kPatternPrefix.size()) != kPatternPrefix) return false;
  code.remove_prefix(kPatternPrefix.size());
  return !code.empty() && code.size() <= 64 &&
         code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

std::vector<Rule> LogRules() {
  std::vector<Rule> rules = {
      {"DGMO_CRASH_LOOP", 128, "machine", Severity::kP1, "",
       "dgmo was started several times within minutes, and every one of these starts ended in an error. It has not "
       "run since.",
       "Look at the findings about configuration and storage first: they are what stops a start. `dgmo-agent logs "
       "--errors` shows the last lines.",
       "", false, ""},
      {"LOG_OVERSIZE", 130, "machine", Severity::kP3, "",
       "A log file has grown far beyond what anybody reads and takes room on the disk.",
       "Have it rotated when dgmo does not run; copy it first if it may explain a fault.", "R-LOGROTATE", false, ""},
  };
  // Kept alive by the catalogue itself: the rows refer to it.
  for (const LogPattern& pattern : PatternCatalogue::BuiltIn()->patterns()) rules.push_back(PatternRule(pattern));
  return rules;
}

}  // namespace fleet
