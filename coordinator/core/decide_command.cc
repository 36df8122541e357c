#include "common/status.h"
#include "coordinator/core/command_change.h"
#include "coordinator/core/command_rules.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/offer.h"

namespace fleet::coordinator {

namespace {

bool IsAnswer(v1::CommandState state) {
  return state >= v1::COMMAND_STATE_DELIVERED && state <= v1::COMMAND_STATE_UNKNOWN;
}

std::shared_ptr<const v1::CommandResult> ResultOf(const v1::CommandUpdate& update) {
  return update.has_result() ? std::make_shared<const v1::CommandResult>(Bounded(update.result())) : nullptr;
}

// Whether the update tells more than is known: repeats and overtaken news do not.
bool IsNews(const CommandRow& row, v1::CommandState to, const v1::CommandResult* result) {
  if (!MayBecome(row.state, to)) return false;
  if (row.state != to) return true;
  return result != nullptr && (row.result == nullptr || row.result->SerializeAsString() != result->SerializeAsString());
}

}  // namespace

Decision DecideCommandUpdate(const FleetState& state, const CommandUpdateReceived& event, const Moment& moment) {
  Decision decision;
  const v1::CommandUpdate& update = event.update;
  const RowPtr<LinkRow> link = state.Link(event.stream);
  if (link == nullptr) {
    decision.status = FailedPrecondition("a command update came on a stream without Hello");
  } else if (!IsAnswer(update.state())) {
    decision.status =
        InvalidArgument("a command update has state " + std::to_string(update.state()) + ", which no agent can report");
  }
  if (!decision.status.ok()) {
    Refuse(event.stream, decision.status, decision);
    return decision;
  }
  // A command that is not known here, or not of this agent, is acknowledged too: repeating it would help nobody.
  const RowPtr<CommandRow> known = state.Command(update.command_id());
  if (known != nullptr && known->agent_id == link->agent_id) {
    auto result = ResultOf(update);
    if (IsNews(*known, update.state(), result.get())) {
      CommandRow row = *known;
      if (row.offered_ms == 0) row.offered_ms = moment.now_ms;  // the agent has it, so it was sent
      ChangeCommand(state, std::move(row), update.state(), std::move(result), moment, decision.changes);
    }
  }
  SendMessage ack{event.stream, {}};
  ack.message.mutable_command_update_ack()->set_command_id(update.command_id());
  ack.message.mutable_command_update_ack()->set_state(update.state());
  decision.effects.emplace_back(std::move(ack));
  return decision;
}

}  // namespace fleet::coordinator
