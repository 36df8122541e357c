#include "coordinator/ctl/command_text.h"

#include "common/utf8.h"
#include "coordinator/ctl/enum_text.h"

namespace fleet::coordinator {

namespace {

std::string_view SymbolOfState(v1::CommandState state) {
  if (state == v1::COMMAND_STATE_SUCCEEDED) return "✅";
  if (state == v1::COMMAND_STATE_FAILED || state == v1::COMMAND_STATE_UNKNOWN) return "❌";
  return HasEnded(state) ? "⚠️" : "🔄";
}

Colour ColourOfState(v1::CommandState state) {
  if (state == v1::COMMAND_STATE_SUCCEEDED) return Colour::kGreen;
  if (state == v1::COMMAND_STATE_FAILED || state == v1::COMMAND_STATE_UNKNOWN) return Colour::kRed;
  return HasEnded(state) ? Colour::kYellow : Colour::kNone;
}

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

// What is known beyond the state: the result's sentence, or why it waits.
std::string NoteOf(const v1::Command& command) {
  std::string note = command.result().summary();
  if (!HasEnded(command.state()) && !command.waiting_for().empty()) note = "waits: " + command.waiting_for();
  if (!command.result().reason().empty()) note += " (" + command.result().reason() + ")";
  if (command.cancel_requested() && !HasEnded(command.state())) note += ", cancel requested";
  return note;
}

}  // namespace

std::string ActionText(const v1::Action& action) {
  if (action.has_check()) return "check";
  if (action.has_undo()) return "undo " + ToPrintable(action.undo().journal_id());
  if (!action.has_repair()) return "unknown action";
  const v1::RepairAction& repair = action.repair();
  std::string text = "repair ";
  text += repair.repairs_size() == 0 ? "whatever needs no consent" : Joined(repair.repairs());
  if (repair.codes_size() > 0) text += ", only " + Joined(repair.codes());
  if (!repair.session_id().empty()) text += ", only session " + repair.session_id();
  if (repair.consent_size() > 0) text += ", consent to " + Joined(repair.consent());
  return ToPrintable(text);
}

std::string CommandTableText(const google::protobuf::RepeatedPtrField<v1::Command>& commands, const Screen& screen) {
  ColouredTable table({"  ", "HOST", "STATE", "ACTION", "CHANGED", "NOTE", "COMMAND"});
  for (const v1::Command& command : commands) {
    table.Add(ColourOfState(command.state()),
              {std::string(SymbolOfState(command.state())), command.host_name(), Text(command.state()),
               ActionText(command.action()), AgoText(command.updated_ms(), screen.now_ms), NoteOf(command),
               command.command_id()});
  }
  return table.Text(screen);
}

std::string OutcomesText(const v1::Command& command) {
  std::string text;
  for (const v1::RepairOutcome& outcome : command.result().outcomes()) {
    text += "    " + ToPrintable(command.host_name()) + "  " + ToPrintable(outcome.repair()) + " " +
            ToPrintable(outcome.subject_id()) + ": " + ToPrintable(outcome.outcome()) +
            (outcome.verified() ? ", verified" : "") +
            (outcome.reason().empty() ? "" : ": " + ToPrintable(outcome.reason())) + "\n";
  }
  const int more = command.result().total_outcomes() - command.result().outcomes_size();
  if (more > 0) text += "    ... and " + std::to_string(more) + " more\n";
  return text;
}

}  // namespace fleet::coordinator
