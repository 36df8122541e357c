#include "common/rule_catalogue.h"

#include <algorithm>
#include <vector>

#include "common/rules/families.h"
#include "common/rules/log_rules.h"

namespace fleet {

namespace {

constexpr std::vector<Rule> (*kFamilies[])() = {StorageRules,    DocumentRules, SessionRules,  MessageRules,
                                                SubsessionRules, ConfigRules,   ResourceRules, QdrantRules,
                                                BackupRules,     NetworkRules,  LogRules,      AgentRules};

std::vector<Rule> MakeAllRules() {
  std::vector<Rule> rules;
  for (const auto make : kFamilies) {
    std::vector<Rule> more = make();
    std::move(more.begin(), more.end(), std::back_inserter(rules));
  }
  std::stable_sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.number < b.number; });
  return rules;
}

}  // namespace

std::span<const Rule> AllRules() {
  static const std::vector<Rule> kRules = MakeAllRules();
  return kRules;
}

const Rule* FindRule(std::string_view code) {
  for (const Rule& rule : AllRules()) {
    if (rule.code == code) return &rule;
  }
  return IsPatternCode(code) ? &AnyPatternRule() : nullptr;
}

}  // namespace fleet
