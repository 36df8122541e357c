#include "coordinator/ctl/dispatch_flags.h"

#include "common/status.h"
#include "coordinator/ctl/enum_text.h"

namespace fleet::coordinator {

namespace {

absl::Status CheckRepairNames(const std::vector<std::string>& names, std::string_view flag) {
  for (const std::string& name : names) {
    if (name.rfind("R-", 0) == 0 && name.size() > 2) continue;
    return InvalidArgument("\"" + name + "\" in " + std::string(flag) +
                           " is not a repair; repairs are named like R-INDEX");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Action> ActionOf(const DispatchFlags& flags) {
  const bool repair =
      !flags.repairs.empty() || !flags.codes.empty() || !flags.session.empty() || !flags.consent.empty();
  if (int{repair} + int{flags.check} + int{!flags.undo.empty()} > 1) {
    return InvalidArgument(
        "more than one action is asked for; give --check alone, --undo JOURNAL alone, or --repair with its --code, "
        "--session and --consent");
  }
  v1::Action action;
  if (flags.check) {
    action.mutable_check();
  } else if (!flags.undo.empty()) {
    action.mutable_undo()->set_journal_id(flags.undo);
  } else {
    RETURN_IF_ERROR(CheckRepairNames(flags.repairs, "--repair"));
    RETURN_IF_ERROR(CheckRepairNames(flags.consent, "--consent"));
    v1::RepairAction& wanted = *action.mutable_repair();
    for (const std::string& name : flags.repairs) wanted.add_repairs(name);
    for (const std::string& code : flags.codes) wanted.add_codes(code);
    wanted.set_session_id(flags.session);
    for (const std::string& name : flags.consent) wanted.add_consent(name);
  }
  return action;
}

absl::StatusOr<v1::Selector> SelectorOf(const DispatchFlags& flags) {
  const bool narrows = !flags.agents.empty() || !flags.with_codes.empty() || !flags.health.empty();
  if (!narrows && !flags.all) {
    return InvalidArgument(
        "no machine is selected; name some with --agent ID|HOST, --with-code CODE or --health STATE, or say --all");
  }
  if (narrows && flags.all) {
    return InvalidArgument("--all together with --agent, --with-code or --health; leave out the one that is not meant");
  }
  v1::Selector selector;
  for (const std::string& agent : flags.agents) selector.add_agent_ids(agent);
  for (const std::string& code : flags.with_codes) selector.add_codes(code);
  for (const std::string& health : flags.health) {
    if (SymbolOf(health) == "?") {
      return InvalidArgument("\"" + health +
                             "\" is not a health state; they are healthy, warning, critical, recovering, emergency");
    }
    selector.add_health(health);
  }
  selector.set_all(flags.all);
  return selector;
}

}  // namespace fleet::coordinator
