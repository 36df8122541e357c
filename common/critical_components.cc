#include "common/critical_components.h"

namespace fleet {

std::set<std::string> CriticalComponents(std::span<const Finding> findings) {
  std::set<std::string> critical;
  for (const Finding& finding : findings) {
    if (finding.severity <= Severity::kP1 && finding.component != "machine") critical.insert(finding.component);
  }
  return critical;
}

}  // namespace fleet
