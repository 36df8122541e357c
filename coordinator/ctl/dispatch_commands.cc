#include "common/random_id.h"
#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/dispatch_flags.h"
#include "coordinator/ctl/dispatch_text.h"
#include "coordinator/ctl/dispatch_wait.h"
#include "coordinator/duration_flag.h"

namespace fleet::coordinator {

namespace {

struct StartFlags {
  std::string plan_hash;
  std::int64_t expires_ms = 3'600'000;
  bool wait = false;
};

Outcome Plan(Session& session, const DispatchFlags& flags) {
  const absl::StatusOr<v1::Action> action = ActionOf(flags);
  if (!action.ok()) return action.status();
  const absl::StatusOr<v1::Selector> selector = SelectorOf(flags);
  if (!selector.ok()) return selector.status();
  v1::PlanDispatchRequest request;
  *request.mutable_action() = *action;
  *request.mutable_selector() = *selector;
  const auto plan = session.client.Call(&FleetClient::Stub::PlanDispatch, request);
  if (!plan.ok()) return plan.status();
  session.Print(*plan, PlanText(*plan, *action, session.screen));
  return plan->targets_size() == 0 ? kSomethingIsWrong : kFine;
}

// A lost answer is asked for again: the request id makes the repeat harmless.
absl::StatusOr<v1::Dispatch> StartOnce(Session& session, const v1::StartDispatchRequest& request) {
  const auto first = session.client.Call(&FleetClient::Stub::StartDispatch, request);
  const bool lost = first.status().code() == absl::StatusCode::kUnavailable ||
                    first.status().code() == absl::StatusCode::kDeadlineExceeded;
  return lost ? session.client.Call(&FleetClient::Stub::StartDispatch, request) : first;
}

Outcome Start(Session& session, const DispatchFlags& flags, const StartFlags& start) {
  const absl::StatusOr<v1::Action> action = ActionOf(flags);
  if (!action.ok()) return action.status();
  const absl::StatusOr<v1::Selector> selector = SelectorOf(flags);
  if (!selector.ok()) return selector.status();
  v1::StartDispatchRequest request;
  *request.mutable_action() = *action;
  *request.mutable_selector() = *selector;
  request.set_plan_hash(start.plan_hash);
  request.set_expires_in_ms(start.expires_ms);
  request.set_author(PersonAtWork());
  request.set_request_id(RandomId("req"));
  const auto dispatch = StartOnce(session, request);
  if (!dispatch.ok()) return dispatch.status();
  if (start.wait) {
    session.Note("started " + dispatch->dispatch_id());
    return ShowWhenEnded(session, dispatch->dispatch_id());
  }
  session.Print(*dispatch, DispatchText(*dispatch, session.screen));
  return kFine;
}

Outcome Show(Session& session, const std::string& id, bool wait) {
  if (wait) return ShowWhenEnded(session, id);
  v1::GetDispatchRequest request;
  request.set_dispatch_id(id);
  const auto dispatch = session.client.Call(&FleetClient::Stub::GetDispatch, request);
  if (!dispatch.ok()) return dispatch.status();
  session.Print(*dispatch, DispatchText(*dispatch, session.screen));
  return kFine;
}

Outcome List(Session& session) {
  const auto answer = session.client.CallAllPages(&FleetClient::Stub::ListDispatches, v1::ListDispatchesRequest());
  if (!answer.ok()) return answer.status();
  const bool none = answer->dispatches_size() == 0;
  session.Print(*answer, none ? "No dispatches\n" : DispatchTableText(answer->dispatches(), session.screen));
  return kFine;
}

Outcome Cancel(Session& session, const std::string& id) {
  v1::CancelDispatchRequest request;
  request.set_dispatch_id(id);
  const auto dispatch = session.client.Call(&FleetClient::Stub::CancelDispatch, request);
  if (!dispatch.ok()) return dispatch.status();
  session.Print(*dispatch, CancelText(*dispatch, session.screen));
  return NoneRan(*dispatch) ? kFine : kSomethingIsWrong;
}

std::shared_ptr<DispatchFlags> AddFlags(CLI::App& command) {
  auto flags = std::make_shared<DispatchFlags>();
  const std::string what = "What to do", which = "Which machines (all given must hold)";
  command.add_option("--repair", flags->repairs, "These repairs, R-X,R-Y; without it all that need no consent")
      ->delimiter(',')
      ->group(what);
  command.add_option("--code", flags->codes, "Only findings of these codes")->delimiter(',')->group(what);
  command.add_option("--session", flags->session, "Only findings about this session")->group(what);
  command.add_option("--consent", flags->consent, "Repairs that need consent and have yours")
      ->delimiter(',')
      ->group(what);
  command.add_flag("--check", flags->check, "Look at everything anew, instead of repairing")->group(what);
  command.add_option("--undo", flags->undo, "Take this repair journal back, instead of repairing")->group(what);
  command.add_option("--agent", flags->agents, "Machines by id, unique beginning of it, or host name")
      ->delimiter(',')
      ->group(which);
  command.add_option("--with-code", flags->with_codes, "Machines with an open finding of these codes")
      ->delimiter(',')
      ->group(which);
  command.add_option("--health", flags->health, "Machines in these health states")->delimiter(',')->group(which);
  command.add_flag("--all", flags->all, "Every machine")->group(which);
  return flags;
}

void AddPlanAndStart(CLI::App& dispatch, Command& chosen) {
  CLI::App* plan = dispatch.add_subcommand(
      "plan", "Which machines it would be, and nothing else; exit status 1 when no machine matches");
  auto plan_flags = AddFlags(*plan);
  plan->callback(
      [&chosen, plan_flags] { chosen = [plan_flags](Session& session) { return Plan(session, *plan_flags); }; });

  CLI::App* start =
      dispatch.add_subcommand("start", "Ask the machines; with --wait, exit status 1 when a command did not succeed");
  auto flags = AddFlags(*start);
  auto options = std::make_shared<StartFlags>();
  start->add_option("--plan", options->plan_hash, "Only when the machines still are those of this plan");
  start->add_option("--expires", options->expires_ms, "A machine that has not begun by then never will (default 1h)")
      ->transform(DurationMs());
  start->add_flag("--wait", options->wait, "Wait until every machine has ended");
  start->callback([&chosen, flags, options] {
    chosen = [flags, options](Session& session) { return Start(session, *flags, *options); };
  });
}

}  // namespace

void AddDispatchCommands(CLI::App& app, Command& chosen) {
  CLI::App* dispatch = app.add_subcommand("dispatch", "Ask machines to repair, check or undo")->require_subcommand(1);
  AddPlanAndStart(*dispatch, chosen);

  auto id = std::make_shared<std::string>();
  auto wait = std::make_shared<bool>(false);
  CLI::App* show =
      dispatch->add_subcommand("show", "One dispatch; with --wait, exit status 1 when a command did not succeed");
  show->add_option("DISPATCH", *id, "Its id")->required();
  show->add_flag("--wait", *wait, "Wait until every machine has ended");
  show->callback([&chosen, id, wait] { chosen = [id, wait](Session& session) { return Show(session, *id, *wait); }; });

  CLI::App* list = dispatch->add_subcommand("list", "All dispatches, newest first");
  list->callback([&chosen] { chosen = List; });

  CLI::App* cancel = dispatch->add_subcommand(
      "cancel", "Stop what has not begun; exit status 1 when a command is not known to be stopped before it ran");
  cancel->add_option("DISPATCH", *id, "Its id")->required();
  cancel->callback([&chosen, id] { chosen = [id](Session& session) { return Cancel(session, *id); }; });
}

}  // namespace fleet::coordinator
