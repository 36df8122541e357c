#include "coordinator/ctl/dispatch_text.h"

#include <algorithm>

#include "common/time_text.h"
#include "common/utf8.h"
#include "coordinator/ctl/command_text.h"
#include "coordinator/ctl/enum_text.h"

namespace fleet::coordinator {

namespace {

std::string CountsText(const v1::Dispatch& dispatch) {
  std::string text;
  for (int state = v1::COMMAND_STATE_QUEUED; state <= v1::COMMAND_STATE_UNKNOWN; ++state) {
    const std::string name = Text(static_cast<v1::CommandState>(state));
    const auto count = dispatch.counts().find(name);
    if (count == dispatch.counts().end() || count->second == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count->second) + " " + name;
  }
  return text;
}

std::string CancelNote(const v1::Command& command) {
  switch (command.state()) {
    case v1::COMMAND_STATE_CANCELLED: return "cancelled before it ran";
    case v1::COMMAND_STATE_EXPIRED: return "had expired before it ran";
    case v1::COMMAND_STATE_QUEUED:
    case v1::COMMAND_STATE_DELIVERED: return "cancel requested; the machine has not confirmed yet";
    case v1::COMMAND_STATE_STARTED: return "has started and runs to its end";
    case v1::COMMAND_STATE_UNKNOWN: return "may have run; its end is unknown";
    default: return "had already ended";
  }
}

// By the counts, which cover all machines; the commands listed may be a part of them.
bool OnlyStates(const v1::Dispatch& dispatch, std::initializer_list<v1::CommandState> states) {
  return std::all_of(dispatch.counts().begin(), dispatch.counts().end(), [&](const auto& count) {
    return count.second == 0 || std::any_of(states.begin(), states.end(),
                                            [&](v1::CommandState state) { return Text(state) == count.first; });
  });
}

}  // namespace

std::string PlanText(const v1::DispatchPlan& plan, const v1::Action& action, const Screen& screen) {
  std::string text =
      Paint(Colour::kBold, "Would ask " + CountText(plan.targets_size(), "machine", "machines"), screen.colour) +
      " to " + ActionText(action) + "\n";
  ColouredTable table({"HOST", "CONNECTION", "MATCHING FINDINGS", "AGENT"});
  for (const v1::DispatchTarget& target : plan.targets()) {
    table.Add(Colour::kNone, {target.host_name(), target.connectivity(), std::to_string(target.matching_findings()),
                              target.agent_id()});
  }
  return text + table.Text(screen) + "plan " + ToPrintable(plan.plan_hash()) +
         "\nTo start exactly this: dgmoctl dispatch start (same options) --plan " + ToPrintable(plan.plan_hash()) +
         "\n";
}

std::string DispatchText(const v1::Dispatch& dispatch, const Screen& screen) {
  const std::string title = "dispatch " + ToPrintable(dispatch.dispatch_id());
  std::string text = Paint(Colour::kBold, title, screen.colour);
  text.append("  ").append(Text(dispatch.state())).append(": ").append(CountsText(dispatch));
  text.append("\n  ").append(ActionText(dispatch.action()));
  text.append("\n  started ").append(TimeText(dispatch.created_ms()));
  if (!dispatch.author().empty()) text.append(" by ").append(ToPrintable(dispatch.author()));
  if (dispatch.state() != v1::DISPATCH_STATE_ENDED) {
    text.append("\n  what has not begun by ").append(TimeText(dispatch.expires_ms())).append(" will not run");
  }
  text.append("\n").append(CommandTableText(dispatch.commands(), screen));
  for (const v1::Command& command : dispatch.commands()) text += OutcomesText(command);
  return text;
}

std::string DispatchTableText(const google::protobuf::RepeatedPtrField<v1::Dispatch>& dispatches,
                              const Screen& screen) {
  ColouredTable table({"DISPATCH", "STATE", "STARTED", "ACTION", "COMMANDS", "AUTHOR"});
  for (const v1::Dispatch& dispatch : dispatches) {
    table.Add(Colour::kNone,
              {dispatch.dispatch_id(), Text(dispatch.state()), AgoText(dispatch.created_ms(), screen.now_ms),
               ActionText(dispatch.action()), CountsText(dispatch), dispatch.author()});
  }
  return table.Text(screen);
}

std::string CancelText(const v1::Dispatch& dispatch, const Screen& screen) {
  ColouredTable table({"HOST", "STATE", "CANCEL", "COMMAND"});
  for (const v1::Command& command : dispatch.commands()) {
    table.Add(Colour::kNone, {command.host_name(), Text(command.state()), CancelNote(command), command.command_id()});
  }
  return "dispatch " + ToPrintable(dispatch.dispatch_id()) + "  " + Text(dispatch.state()) + "\n" + table.Text(screen);
}

bool AllSucceeded(const v1::Dispatch& dispatch) { return OnlyStates(dispatch, {v1::COMMAND_STATE_SUCCEEDED}); }

bool NoneRan(const v1::Dispatch& dispatch) {
  return OnlyStates(dispatch, {v1::COMMAND_STATE_CANCELLED, v1::COMMAND_STATE_EXPIRED});
}

}  // namespace fleet::coordinator
