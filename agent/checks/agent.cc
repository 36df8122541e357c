#include "agent/checks/rules.h"

namespace fleet::agent {

void CheckAgent(const MachineView& machine, std::vector<Finding>& findings) {
  for (const QuarantinedProbe& probe : machine.model.agent.quarantined) {
    Finding finding = DraftFinding("AGENT_PROBE_QUARANTINED", "", "/", probe.name, {"/"});
    finding.evidence["strikes"] = probe.strikes;
    finding.evidence["last"] = std::string(probe.hung ? "hung" : "the agent died in it");
    finding.evidence["last_ms"] = probe.last_ms;
    finding.evidence["until_ms"] = probe.until_ms;
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
