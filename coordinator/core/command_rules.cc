#include "coordinator/core/command_rules.h"

#include <algorithm>
#include <array>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::coordinator {

namespace {

using States = std::array<bool, kCommandStates>;

constexpr States To(std::initializer_list<v1::CommandState> states) {
  States row{};
  for (const v1::CommandState state : states) row[static_cast<std::size_t>(state)] = true;
  return row;
}

// Row: from; column: to.
constexpr std::array<States, kCommandStates> kMayBecome = {
    To({}),
    // QUEUED: every answer may come first when the ones before it were lost.
    To({v1::COMMAND_STATE_DELIVERED, v1::COMMAND_STATE_STARTED, v1::COMMAND_STATE_SUCCEEDED, v1::COMMAND_STATE_FAILED,
        v1::COMMAND_STATE_EXPIRED, v1::COMMAND_STATE_CANCELLED, v1::COMMAND_STATE_UNKNOWN}),
    // DELIVERED
    To({v1::COMMAND_STATE_STARTED, v1::COMMAND_STATE_SUCCEEDED, v1::COMMAND_STATE_FAILED, v1::COMMAND_STATE_EXPIRED,
        v1::COMMAND_STATE_CANCELLED, v1::COMMAND_STATE_UNKNOWN}),
    // STARTED: what began can neither expire nor be cancelled.
    To({v1::COMMAND_STATE_SUCCEEDED, v1::COMMAND_STATE_FAILED, v1::COMMAND_STATE_UNKNOWN}),
    To({}),  // SUCCEEDED
    To({}),  // FAILED
    To({}),  // EXPIRED
    To({}),  // CANCELLED
    // UNKNOWN: whatever the agent's journal says in the end.
    To({v1::COMMAND_STATE_SUCCEEDED, v1::COMMAND_STATE_FAILED, v1::COMMAND_STATE_EXPIRED, v1::COMMAND_STATE_CANCELLED,
        v1::COMMAND_STATE_UNKNOWN}),
};

constexpr std::size_t kMaxText = 1024;
constexpr int kMaxOutcomes = 500;
constexpr int kMaxNames = 100;

bool IsKnown(v1::CommandState state) { return state >= 0 && state < kCommandStates; }

std::string Cut(const std::string& text) {
  return text.size() <= kMaxText ? text : ToUtf8(std::string_view(text).substr(0, kMaxText));
}

template <class Names>
bool Contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsRepairId(const std::string& id) {
  if (id.size() < 3 || id.size() > 64 || !id.starts_with("R-")) return false;
  return std::all_of(id.begin() + 2, id.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

absl::Status CheckRepair(const v1::RepairAction& repair) {
  if (repair.repairs_size() > kMaxNames || repair.codes_size() > kMaxNames || repair.consent_size() > kMaxNames) {
    return InvalidArgument("a repair names more than 100 repairs, codes or consents");
  }
  for (const auto* ids : {&repair.repairs(), &repair.consent()}) {
    for (const std::string& id : *ids) {
      if (!IsRepairId(id))
        return InvalidArgument("unknown kind of repair id \"" + Cut(id) + "\"; they look like R-INDEX");
    }
  }
  for (const std::string& code : repair.codes()) {
    if (code.empty() || code.size() > 64) return InvalidArgument("a code of the repair is empty or over 64 bytes");
  }
  if (repair.session_id().size() > 256) return InvalidArgument("the repair's session id is over 256 bytes");
  return absl::OkStatus();
}

// Whether a command of the agent other than this one is running.
bool IsBusy(const FleetState& state, const CommandRow& command) {
  const auto& waiting = state.command_index().waiting_by_agent;
  const auto others = waiting.find(command.agent_id);
  if (others == waiting.end()) return false;
  return std::any_of(others->second.begin(), others->second.end(), [&](const auto& other) {
    return other.second != command.id && state.Command(other.second)->state == v1::COMMAND_STATE_STARTED;
  });
}

}  // namespace

bool MayBecome(v1::CommandState from, v1::CommandState to) {
  return IsKnown(from) && IsKnown(to) && kMayBecome[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

std::string WaitingFor(const FleetState& state, const CommandRow& command) {
  if (IsFinal(command.state)) return "";
  if (state.LinkOfAgent(command.agent_id) == nullptr) return "agent_offline";
  if (command.state == v1::COMMAND_STATE_STARTED) return "awaiting_result";
  if (command.cancel_requested) return "awaiting_cancel";
  if (IsBusy(state, command)) return "agent_busy";
  return command.state == v1::COMMAND_STATE_QUEUED ? "awaiting_delivery" : "awaiting_start";
}

bool Covers(const v1::Action& action, const Finding& finding) {
  if (!action.has_repair() || finding.repair.empty()) return false;
  const v1::RepairAction& repair = action.repair();
  if (repair.repairs_size() > 0 && !Contains(repair.repairs(), finding.repair)) return false;
  if (repair.codes_size() > 0 && !Contains(repair.codes(), finding.code)) return false;
  if (repair.session_id().empty() || finding.subject_id == repair.session_id()) return true;
  // A subject within a session, such as "<session>/<message>".
  return finding.subject_id.starts_with(repair.session_id() + "/");
}

absl::Status CheckAction(const v1::Action& action) {
  switch (action.kind_case()) {
    case v1::Action::kRepair: return CheckRepair(action.repair());
    case v1::Action::kCheck: return absl::OkStatus();
    case v1::Action::kUndo:
      if (action.undo().journal_id().empty() || action.undo().journal_id().size() > 128) {
        return InvalidArgument("undo needs the id of a repair journal, at most 128 bytes");
      }
      return absl::OkStatus();
    case v1::Action::KIND_NOT_SET: break;
  }
  return InvalidArgument("no action is given; name a repair, a check or an undo");
}

v1::CommandResult Bounded(v1::CommandResult result) {
  result.set_summary(Cut(result.summary()));
  result.set_reason(Cut(result.reason()));
  result.set_journal_id(Cut(result.journal_id()));
  result.set_total_outcomes(std::max(result.total_outcomes(), result.outcomes_size()));
  if (result.outcomes_size() > kMaxOutcomes) {
    result.mutable_outcomes()->DeleteSubrange(kMaxOutcomes, result.outcomes_size() - kMaxOutcomes);
  }
  for (v1::RepairOutcome& outcome : *result.mutable_outcomes()) {
    outcome.set_repair(Cut(outcome.repair()));
    outcome.set_subject_id(Cut(outcome.subject_id()));
    outcome.set_outcome(Cut(outcome.outcome()));
    outcome.set_reason(Cut(outcome.reason()));
  }
  result.DiscardUnknownFields();
  return result;
}

}  // namespace fleet::coordinator
