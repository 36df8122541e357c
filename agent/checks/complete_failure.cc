#include <algorithm>
#include <string_view>

#include "agent/checks/rules.h"

namespace fleet::agent {

// Complete failure of a workstation (catalogue: "Severity for one workstation"): no data root can be read, Qdrant is
// down and the configuration is unusable. Each is bad by itself; together nothing of dgmo works, so they are raised.

namespace {

bool IsUnusableConfig(const Finding& finding) {
  return finding.component == "config" && finding.severity <= Severity::kP1 && finding.code.rfind("CONFIG_", 0) == 0;
}

bool IsUnreadableRoot(const HomeView& home, const Finding& finding) {
  if (finding.code == "STORAGE_ROOT_MISSING") return true;
  if (finding.code != "PERM_DIR_ACCESS" && finding.code != "STORAGE_IO_ERROR") return false;
  // A root that could not be opened is no model; only what lies outside every root has the home as its root.
  return finding.root == home.model.home.path && finding.path.rfind(home.model.home.data_home, 0) == 0;
}

}  // namespace

void RaiseCompleteFailure(const HomeView& home, std::vector<Finding>& findings) {
  const bool any_readable = std::any_of(home.roots.begin(), home.roots.end(),
                                        [](const RootView& root) { return root.model().unreadable.count("") == 0; });
  if (home.model.home.path.empty() || any_readable) return;
  const auto is_part = [&](const Finding& finding) {
    return IsUnreadableRoot(home, finding) || IsUnusableConfig(finding) || finding.code == "QDRANT_DOWN";
  };
  const auto has = [&](auto wanted) { return std::any_of(findings.begin(), findings.end(), wanted); };
  if (!has([&](const Finding& f) { return IsUnreadableRoot(home, f); }) || !has(IsUnusableConfig) ||
      !has([](const Finding& f) { return f.code == "QDRANT_DOWN"; })) {
    return;
  }
  for (Finding& finding : findings) {
    if (!is_part(finding)) continue;
    finding.severity = Severity::kP0;
    finding.evidence["raised"] = "complete failure: no data root, no Qdrant, no usable configuration";
  }
}

}  // namespace fleet::agent
