#include "agent/checks/config_files_view.h"
#include "agent/checks/rules.h"

namespace fleet::agent {

void CheckTuiState(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.config) return;
  for (const TuiState& state : home.model.config->tui_states) {
    if (state.fault.empty() || IsBeingWritten(home, state.stat)) continue;
    Finding finding = DraftFinding("APP_STATE_INVALID", "", home.model.home.path, "tui", {state.path}, state.path);
    // The TUI begins anew with its defaults.
    finding.severity = Severity::kP3;
    SetRepair(finding, "");
    AddStat(finding, state.stat);
    finding.evidence["fault"] = state.fault;
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
