#include "coordinator/core/command_change.h"

#include "coordinator/core/incident_rules.h"

namespace fleet::coordinator {

void ChangeCommand(const FleetState& state, CommandRow row, v1::CommandState to,
                   std::shared_ptr<const v1::CommandResult> result, const Moment& moment,
                   std::vector<Change>& changes) {
  row.state = to;
  row.updated_ms = moment.now_ms;
  if (result != nullptr) row.result = std::move(result);
  if (to == v1::COMMAND_STATE_STARTED) RepairStarted(state, row, moment, changes);
  if (IsFinal(to)) RepairEnded(state, row, moment, changes);
  changes.push_back(Put(std::move(row)));
}

std::shared_ptr<const v1::CommandResult> OwnEvidence(std::string_view reason, std::string_view summary) {
  auto result = std::make_shared<v1::CommandResult>();
  result->set_reason(std::string(reason));
  result->set_summary(std::string(summary));
  return result;
}

}  // namespace fleet::coordinator
