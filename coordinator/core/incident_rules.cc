#include "coordinator/core/incident_rules.h"

#include <algorithm>

#include "common/time_text.h"
#include "coordinator/core/command_rules.h"
#include "coordinator/core/escalation.h"
#include "coordinator/core/incident_edit.h"
#include "coordinator/core/response_clock.h"

namespace fleet::coordinator {

namespace {

std::string Text(std::string_view text) { return std::string(text); }

// "2nd", "3rd", "11th"
std::string OrdinalText(std::int64_t number) {
  static constexpr const char* kEndings[] = {"th", "st", "nd", "rd"};
  const std::int64_t last = number % 100 >= 11 && number % 100 <= 13 ? 0 : number % 10;
  return std::to_string(number) + (last <= 3 ? kEndings[last] : "th");
}

// A running command of the agent that covers the finding.
RowPtr<CommandRow> RunningRepair(const FleetState& state, const std::string& agent_id, const Finding& finding) {
  const auto& waiting = state.command_index().waiting_by_agent;
  const auto commands = waiting.find(agent_id);
  if (commands == waiting.end()) return nullptr;
  for (const auto& [created, id] : commands->second) {
    RowPtr<CommandRow> command = state.Command(id);
    if (command->state == v1::COMMAND_STATE_STARTED && Covers(*command->action, finding)) return command;
  }
  return nullptr;
}

void StartRepairing(IncidentRow& row, const std::string& command_id, std::int64_t now_ms,
                    std::vector<Change>& changes) {
  row.state = v1::INCIDENT_STATE_REPAIRING;
  row.command_id = command_id;
  Say(row, "repair_started", "by command " + command_id, now_ms, changes);
}

// Whether the command's evidence says that it repaired something of this subject.
bool MayHaveCured(const CommandRow& command, const IncidentRow& incident) {
  if (command.state == v1::COMMAND_STATE_SUCCEEDED) return true;
  if (command.result == nullptr) return false;
  const auto& outcomes = command.result->outcomes();
  return std::any_of(outcomes.begin(), outcomes.end(), [&](const v1::RepairOutcome& outcome) {
    return outcome.outcome() == "applied" && outcome.subject_id() == incident.finding->subject_id;
  });
}

std::string EndText(const CommandRow& command) {
  std::string text = "command " + command.id + " " + CommandStateText(command.state);
  if (command.result != nullptr && !command.result->summary().empty()) text += ": " + command.result->summary();
  return text;
}

// Calls `edit` for each incident of the agent that is open, or was at some time since `since_ms`.
template <class Edit>
void ForEachOpenSince(const FleetState& state, const std::string& agent_id, std::int64_t since_ms, const Edit& edit) {
  const auto& by_agent = state.incident_index().by_agent;
  const auto incidents = by_agent.find(agent_id);
  if (incidents == by_agent.end()) return;
  for (const IncidentOrder& order : incidents->second) {
    if (order.resolved && -order.when < since_ms) return;
    edit(*state.Incident(order.id));
  }
}

}  // namespace

void OpenIncident(const FleetState& state, const AgentRow& agent, const FindingPtr& finding, const Moment& moment,
                  std::vector<Change>& changes) {
  const RowPtr<IncidentRow> earlier = state.LatestIncident({agent.id, finding->fingerprint});
  const bool again = earlier != nullptr && moment.now_ms - earlier->resolved_ms <= kReopenMs &&
                     earlier->events < kMaxTimeline;  // else its timeline tells no more
  IncidentRow row = again ? *earlier : IncidentRow();
  if (!again) {
    row.id = moment.settings.new_id("inc");
    row.agent_id = agent.id;
    row.host_name = agent.host_name;
    row.opened_ms = moment.now_ms;
  }
  row.state = v1::INCIDENT_STATE_OPEN;
  row.severity = finding->severity;
  row.finding = finding;
  row.resolved_ms = 0;
  row.command_id.clear();
  StartClock(moment.now_ms, row);
  std::string detail = Text(SeverityText(row.severity)) + " " + finding->code;
  if (again) {
    detail += ", for the " + OrdinalText(++row.reopened + 1) + " time since " + TimeText(row.opened_ms);
  } else if (earlier != nullptr) {
    detail += ", again after " + earlier->id + " of " + TimeText(earlier->opened_ms);
  }
  Say(row, again ? "reopened" : "opened", std::move(detail), moment.now_ms, changes);
  if (const auto command = RunningRepair(state, agent.id, *finding)) {
    StartRepairing(row, command->id, moment.now_ms, changes);
  }
  BeginEscalation(moment, row);
  Update(std::move(row), moment.now_ms, changes);
}

void UpdateIncident(const FleetState& state, const IncidentRow& incident, const FindingPtr& finding,
                    const Moment& moment, std::vector<Change>& changes) {
  IncidentRow row = incident;
  row.finding = finding;
  if (finding->severity != row.severity) {
    const bool raised = finding->severity < row.severity;
    // Who took it on took on less.
    if (raised && IsAcknowledged(row)) {
      EndAcknowledgement("of " + row.owner + ", its severity rose", moment.now_ms, moment.now_ms, row, changes);
    }
    const std::string detail =
        "from " + Text(SeverityText(row.severity)) + " to " + Text(SeverityText(finding->severity));
    ChangeSeverity(finding->severity, moment.now_ms, row);
    Say(row, raised ? "severity_raised" : "severity_lowered", detail, moment.now_ms, changes);
    if (raised) {
      BeginEscalation(moment, row);
    } else {
      TellChange(state, "Its severity fell " + detail, moment, row, changes);
    }
  }
  Update(std::move(row), moment.now_ms, changes);
}

void ResolveIncident(const FleetState& state, const IncidentRow& incident, const Moment& moment,
                     std::vector<Change>& changes) {
  IncidentRow row = incident;
  row.state = v1::INCIDENT_STATE_RESOLVED;
  row.resolved_ms = moment.now_ms;
  row.owner.clear();
  row.acknowledged_until_ms = 0;
  Say(row, "resolved",
      row.command_id.empty() ? "the finding is gone" : "the finding is gone after command " + row.command_id,
      moment.now_ms, changes);
  TellEnd(state, "Resolved: the finding is gone", moment, row, changes);
  Update(std::move(row), moment.now_ms, changes);
}

void CallTime(const IncidentRow& incident, const Moment& moment, std::vector<Change>& changes) {
  IncidentRow row = incident;
  row.half_over = true;
  row.overdue = row.respond_by_ms < moment.now_ms;
  const std::string when = TimeText(row.respond_by_ms);
  if (row.overdue) {
    Say(row, "response_overdue", "a response was due by " + when, moment.now_ms, changes);
  } else {
    Say(row, "response_half_over", "nobody has responded; a response is due by " + when, moment.now_ms, changes);
  }
  Update(std::move(row), moment.now_ms, changes);
}

void ForgetIncident(const FleetState& state, const IncidentRow& incident, std::vector<Change>& changes) {
  for (std::int64_t number = 0; number < incident.events; ++number) {
    changes.push_back(Drop<TimelineRow>({incident.id, number}));
  }
  const auto& notices = state.notices();
  for (auto row = notices.lower_bound(NoticeKey{incident.id, 0}); row != notices.end(); ++row) {
    if (row->first.incident_id != incident.id) break;
    changes.push_back(Drop<NoticeRow>(row->first));
  }
  changes.push_back(Drop<IncidentRow>(incident.id));
}

void ForgetOldestResolved(const FleetState& state, const std::string& agent_id, std::size_t resolving,
                          std::vector<Change>& changes) {
  const auto& by_agent = state.incident_index().by_agent;
  const auto incidents = by_agent.find(agent_id);
  if (incidents == by_agent.end()) return;
  // Open incidents are as many as findings.
  const auto agent = state.Agent(agent_id);
  std::size_t open = 0;
  for (const std::int64_t count : agent->findings_by_severity) open += static_cast<std::size_t>(count);
  const std::size_t resolved = incidents->second.size() - open;
  std::size_t surplus = std::max(resolved + resolving, kMaxResolvedOfAgent) - kMaxResolvedOfAgent;
  for (auto oldest = incidents->second.rbegin(); surplus > 0 && oldest != incidents->second.rend(); ++oldest) {
    if (!oldest->resolved) return;
    ForgetIncident(state, *state.Incident(oldest->id), changes);
    --surplus;
  }
}

void RepairStarted(const FleetState& state, const CommandRow& command, const Moment& moment,
                   std::vector<Change>& changes) {
  ForEachOpenSince(state, command.agent_id, command.created_ms, [&](const IncidentRow& incident) {
    if (!IsOpen(incident) || incident.state == v1::INCIDENT_STATE_REPAIRING ||
        !Covers(*command.action, *incident.finding))
      return;
    IncidentRow row = incident;
    StartRepairing(row, command.id, moment.now_ms, changes);
    Update(std::move(row), moment.now_ms, changes);
  });
}

void RepairEnded(const FleetState& state, const CommandRow& command, const Moment& moment,
                 std::vector<Change>& changes) {
  if (!command.action->has_repair()) return;
  ForEachOpenSince(state, command.agent_id, command.created_ms, [&](const IncidentRow& incident) {
    const bool repairing = incident.state == v1::INCIDENT_STATE_REPAIRING;
    const bool ours = repairing && incident.command_id == command.id;
    // The news of the start may have been lost, and the news of the cure may have come before the result.
    const bool missed = !repairing && incident.command_id.empty() && incident.opened_ms <= command.expires_ms &&
                        Covers(*command.action, *incident.finding) && MayHaveCured(command, incident);
    if (!ours && !missed) return;
    IncidentRow row = incident;
    if (ours) row.state = StateAtRest(row);
    row.command_id = missed || MayHaveCured(command, incident) ? command.id : "";
    Say(row, "repair_ended", EndText(command), moment.now_ms, changes);
    Update(std::move(row), moment.now_ms, changes);
  });
}

}  // namespace fleet::coordinator
