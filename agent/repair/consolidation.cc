#include "agent/repair/consolidation.h"

#include <utility>

namespace fleet::agent {

RepairSelection ConsolidationRequest(const std::string& into, const std::vector<std::string>& from) {
  Finding finding;
  finding.code = "CONSOLIDATION_REQUESTED";
  finding.severity = Severity::kP1;
  finding.root = into;
  finding.path = into;
  finding.paths = from;
  finding.repair = "R-CONSOLIDATE";
  finding.fingerprint = Fingerprint(finding.code, finding.root, "");
  RepairSelection selection;
  selection.repairs = {finding.repair};
  selection.codes = {finding.code};  // not what checks say of split layouts
  selection.consent = {finding.repair};
  selection.requests = {std::move(finding)};
  return selection;
}

}  // namespace fleet::agent
