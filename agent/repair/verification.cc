#include "agent/repair/verification.h"

#include <algorithm>
#include <map>

#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Severities = std::map<std::string, Severity>;

Severities ByFingerprint(const std::vector<Finding>& findings, const std::string& root) {
  Severities severities;
  for (const Finding& finding : findings) {
    if (finding.root == root) severities.emplace(finding.fingerprint, finding.severity);
  }
  return severities;
}

Severity WorstCured(const std::vector<Plan>& plans, const Severities& before) {
  Severity worst = Severity::kP3;
  for (const Plan& plan : plans) {
    for (const std::string& fingerprint : plan.fingerprints) {
      const auto known = before.find(fingerprint);
      if (known != before.end()) worst = std::min(worst, known->second);
    }
  }
  return worst;
}

bool Concerns(const Plan& plan, const Finding& finding) {
  if (!plan.subject_id.empty() && plan.subject_id == finding.subject_id) return true;
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const std::string path = AbsolutePathOf(plan.root, step.change);
    return std::find(finding.paths.begin(), finding.paths.end(), path) != finding.paths.end();
  });
}

// Converting a document changes nothing that it says: what it shows was as bad before.
bool IsShownByConversion(const std::vector<Plan>& plans, const Finding& finding) {
  return std::any_of(plans.begin(), plans.end(),
                     [&](const Plan& plan) { return plan.repair == "R-ENCODING" && Concerns(plan, finding); });
}

// Whoever touched what the finding is about; everybody when nobody in particular did.
void Blame(const std::vector<Plan>& plans, const Finding& finding, std::vector<std::string>& failures) {
  const bool somebody =
      std::any_of(plans.begin(), plans.end(), [&](const Plan& plan) { return Concerns(plan, finding); });
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!failures[i].empty() || (somebody && !Concerns(plans[i], finding))) continue;
    failures[i] = finding.code + " appeared on " + ToUtf8(finding.path.empty() ? finding.subject_id : finding.path);
  }
}

}  // namespace

std::vector<std::string> HiddenPaths(const HomeModel& home, const std::vector<Finding>& findings) {
  std::vector<std::string> paths;
  for (const Finding& finding : findings) {
    if (finding.code == "CONFIG_LEGACY_LOCATION") paths.push_back(finding.paths.at(1));
  }
  for (const auto& [path, why] : home.unreadable) paths.push_back(path);
  for (const RootModel& root : home.roots) {
    for (const auto& [path, why] : root.unreadable) {
      paths.push_back(path.empty() ? root.root.path : root.root.path + "/" + path);
    }
  }
  if (!home.config) return paths;
  for (const ConfigFile& file : home.config->files) {
    if (file.document.fault || !file.document.violations.empty()) paths.push_back(file.path);
  }
  return paths;
}

std::vector<std::string> FoundProjects(const HomeModel& before, const HomeModel& after) {
  std::vector<std::string> found;
  if (!before.config || !after.config) return found;
  const std::vector<std::string>& known = before.config->projects;
  for (const std::string& project : after.config->projects) {
    if (std::find(known.begin(), known.end(), project) == known.end()) found.push_back(project);
  }
  return found;
}

std::vector<std::string> JudgePlans(const std::string& root, const std::vector<Plan>& plans, const Evidence& evidence) {
  const Severities before = ByFingerprint(evidence.before, root);
  const Severities foreseen = ByFingerprint(evidence.uncovered, root);
  const Severities after = ByFingerprint(evidence.after, root);
  const Severity worst_cured = WorstCured(plans, before);
  std::vector<std::string> failures(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (std::size_t k = 0; k < plans[i].fingerprints.size() && failures[i].empty(); ++k) {
      if (after.contains(plans[i].fingerprints[k])) failures[i] = plans[i].codes[k] + " is still there";
    }
  }
  for (const Finding& finding : evidence.after) {
    if (finding.root != root || finding.severity == Severity::kP3) continue;
    const auto known = before.find(finding.fingerprint);
    if (known != before.end() && known->second <= finding.severity) continue;
    const bool is_foreseen = foreseen.contains(finding.fingerprint);
    if (is_foreseen && IsShownByConversion(plans, finding)) continue;
    if (IsBelowAny(finding, evidence.found)) continue;
    const bool known_only_now = is_foreseen || IsBelowAny(finding, evidence.hidden);
    if (known_only_now && finding.severity >= worst_cured) continue;
    Blame(plans, finding, failures);
  }
  return failures;
}

}  // namespace fleet::agent
