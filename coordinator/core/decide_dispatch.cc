#include "common/status.h"
#include "coordinator/core/by_prefix.h"
#include "coordinator/core/command_change.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/dispatch_plan.h"
#include "coordinator/core/offer.h"

namespace fleet::coordinator {

namespace {

constexpr std::int64_t kDefaultExpiryMs = 3'600'000;
constexpr std::int64_t kMaxExpiryMs = std::int64_t{30} * 24 * 3'600'000;
constexpr std::size_t kMaxCommands = 2'000'000;
// Far below what a stream can queue at once: all of them are offered when the machine attaches.
constexpr std::size_t kMaxWaitingOfAgent = 64;
constexpr std::size_t kMaxAuthor = 256;
constexpr std::size_t kMaxRequestId = 128;

absl::Status CheckRequest(const v1::StartDispatchRequest& request) {
  if (request.expires_in_ms() < 0 || request.expires_in_ms() > kMaxExpiryMs) {
    return InvalidArgument("expires_in_ms is not between 0 and 30 days");
  }
  if (request.author().size() > kMaxAuthor) return InvalidArgument("the author is over 256 bytes");
  if (request.request_id().size() > kMaxRequestId) return InvalidArgument("the request id is over 128 bytes");
  return absl::OkStatus();
}

// Whether the request is the one that this dispatch was started by.
bool IsRepeat(const v1::StartDispatchRequest& request, const DispatchRow& dispatch) {
  return request.selector().SerializeAsString() == dispatch.selector.SerializeAsString() &&
         request.action().SerializeAsString() == dispatch.action->SerializeAsString();
}

absl::StatusOr<DispatchPlan> PlanFor(const FleetState& state, const v1::StartDispatchRequest& request) {
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(DispatchPlan plan, PlanDispatch(state, request.selector(), request.action()));
  if (!request.plan_hash().empty() && request.plan_hash() != plan.plan_hash) {
    return Aborted("the plan no longer holds: other machines match now, or another action is asked for; plan again");
  }
  if (plan.targets.empty()) return FailedPrecondition("no machine matches the selector; nothing was started");
  if (state.commands().size() + plan.targets.size() > kMaxCommands) {
    return ResourceExhausted("too many commands are kept; wait for older dispatches to be forgotten");
  }
  for (const DispatchTarget& target : plan.targets) {
    const auto waiting = state.command_index().waiting_by_agent.find(target.agent->id);
    if (waiting == state.command_index().waiting_by_agent.end()) continue;
    if (waiting->second.size() >= kMaxWaitingOfAgent) {
      return ResourceExhausted("machine " + target.agent->id + " has " + std::to_string(waiting->second.size()) +
                               " commands waiting; nothing was started, cancel some or let them expire");
    }
  }
  return plan;
}

DispatchRow NewDispatch(const v1::StartDispatchRequest& request, const Moment& moment) {
  DispatchRow row;
  row.id = moment.settings.new_id("dsp");
  row.selector = request.selector();
  row.action = std::make_shared<const v1::Action>(request.action());
  row.created_ms = moment.now_ms;
  row.expires_ms = moment.now_ms + (request.expires_in_ms() == 0 ? kDefaultExpiryMs : request.expires_in_ms());
  row.author = request.author();
  row.request_id = request.request_id();
  return row;
}

CommandRow NewCommand(const DispatchRow& dispatch, const AgentRow& agent, const Moment& moment) {
  CommandRow row;
  row.id = moment.settings.new_id("cmd");
  row.dispatch_id = dispatch.id;
  row.agent_id = agent.id;
  row.host_name = agent.host_name;
  row.action = dispatch.action;
  row.created_ms = moment.now_ms;
  row.expires_ms = dispatch.expires_ms;
  row.updated_ms = moment.now_ms;
  return row;
}

void CancelCommand(const FleetState& state, const CommandRow& command, const Moment& moment, Decision& decision) {
  if (command.offered_ms == 0) {
    ChangeCommand(state, command, v1::COMMAND_STATE_CANCELLED,
                  OwnEvidence("cancelled", "cancelled before it was sent to the machine"), moment, decision.changes);
    return;
  }
  if (!command.cancel_requested) {
    CommandRow row = command;
    row.cancel_requested = true;
    decision.changes.push_back(Put(std::move(row)));
  }
  if (const auto link = state.LinkOfAgent(command.agent_id)) AskToCancel(command, link->stream, decision);
}

}  // namespace

Decision DecideStart(const FleetState& state, const DispatchStarted& event, const Moment& moment) {
  Decision decision;
  const v1::StartDispatchRequest& request = event.request;
  if (const auto earlier = state.DispatchOfRequest(request.request_id())) {
    decision.subject = earlier->id;
    if (!IsRepeat(request, *earlier)) {
      decision.status = AlreadyExists("request id " + request.request_id() + " started dispatch " + earlier->id +
                                      " with another selector or action; choose a new request id");
    }
    return decision;
  }
  const absl::StatusOr<DispatchPlan> plan = PlanFor(state, request);
  if (!plan.ok()) {
    decision.status = plan.status();
    return decision;
  }
  const DispatchRow dispatch = NewDispatch(request, moment);
  decision.subject = dispatch.id;
  decision.changes.push_back(Put(dispatch));
  for (const DispatchTarget& target : plan->targets) {
    CommandRow command = NewCommand(dispatch, *target.agent, moment);
    if (const auto link = state.LinkOfAgent(target.agent->id)) Offer(command, link->stream, moment, decision);
    decision.changes.push_back(Put(std::move(command)));
  }
  return decision;
}

Decision DecideCancel(const FleetState& state, const DispatchCancelled& event, const Moment& moment) {
  Decision decision;
  const absl::StatusOr<RowPtr<DispatchRow>> found = ByPrefix(state.dispatches(), event.dispatch_id, "dispatch");
  if (!found.ok()) {
    decision.status = found.status();
    return decision;
  }
  const RowPtr<DispatchRow>& dispatch = *found;
  decision.subject = dispatch->id;
  bool waiting = false;
  for (const auto& [agent, id] : state.command_index().by_dispatch.find(dispatch->id)->second.by_agent) {
    const RowPtr<CommandRow> command = state.Command(id);
    if (IsFinal(command->state)) continue;
    waiting = true;
    CancelCommand(state, *command, moment, decision);
  }
  if (waiting && !dispatch->cancel_requested) {
    DispatchRow row = *dispatch;
    row.cancel_requested = true;
    decision.changes.push_back(Put(std::move(row)));
  }
  return decision;
}

}  // namespace fleet::coordinator
