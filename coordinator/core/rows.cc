#include "coordinator/core/rows.h"

#include <tuple>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::coordinator {

namespace {

std::string BytesOf(const google::protobuf::MessageLite* message) {
  return message == nullptr ? std::string() : message->SerializeAsString();
}

auto IncidentFields(const IncidentRow& row) {
  return std::tie(row.id, row.agent_id, row.host_name, row.state, row.severity, row.opened_ms, row.updated_ms,
                  row.respond_by_ms, row.half_over, row.overdue, row.owner, row.acknowledged_until_ms, row.reopened,
                  row.resolved_ms, row.command_id, row.events, row.notices, row.step, row.step_due_ms);
}

auto DispatchFields(const DispatchRow& row) {
  return std::tie(row.id, row.created_ms, row.expires_ms, row.author, row.request_id, row.cancel_requested);
}

auto CommandFields(const CommandRow& row) {
  return std::tie(row.id, row.dispatch_id, row.agent_id, row.host_name, row.state, row.created_ms, row.expires_ms,
                  row.updated_ms, row.offered_ms, row.cancel_requested);
}

auto FaultFields(const Finding& finding) {
  return std::tie(finding.code, finding.severity, finding.component, finding.root_kind, finding.root, finding.path,
                  finding.paths, finding.subject_id, finding.evidence, finding.repair, finding.auto_repair,
                  finding.refusal, finding.fingerprint, finding.first_seen_ms);
}

bool SameFinding(const Finding& a, const Finding& b) { return SameFault(a, b) && a.last_seen_ms == b.last_seen_ms; }

}  // namespace

std::string_view ConnectivityText(Connectivity value) {
  static constexpr std::string_view kTexts[] = {"online", "stale", "offline"};
  return kTexts[static_cast<int>(value)];
}

std::string CommandStateText(v1::CommandState state) {
  static const std::string kPrefix = "COMMAND_STATE_";
  return v1::CommandState_Name(state).substr(kPrefix.size());
}

bool IsFinal(v1::CommandState state) {
  return state != v1::COMMAND_STATE_QUEUED && state != v1::COMMAND_STATE_DELIVERED &&
         state != v1::COMMAND_STATE_STARTED;
}

Health HealthOf(const AgentRow& agent) { return fleet::HealthOf(agent.findings_by_severity, agent.repairing); }

bool IsOpen(const IncidentRow& incident) { return incident.state != v1::INCIDENT_STATE_RESOLVED; }

bool IsAcknowledged(const IncidentRow& incident) { return incident.acknowledged_until_ms > 0; }

std::string_view NoticeStateText(NoticeState state) {
  static constexpr std::string_view kTexts[kNoticeStates] = {"waiting", "delivered", "dead"};
  return kTexts[static_cast<int>(state)];
}

absl::StatusOr<NoticeState> NoticeStateFromText(std::string_view text) {
  for (int i = 0; i < kNoticeStates; ++i) {
    if (NoticeStateText(static_cast<NoticeState>(i)) == text) return static_cast<NoticeState>(i);
  }
  return InvalidArgument("\"" + ToUtf8(text) + "\" is no state of a notice; it is waiting, delivered or dead");
}

std::string NoticeId(const NoticeKey& key) { return key.incident_id + "-" + std::to_string(key.number); }

bool SameFault(const Finding& a, const Finding& b) { return FaultFields(a) == FaultFields(b); }

bool operator==(const FindingRow& a, const FindingRow& b) {
  return a.agent_id == b.agent_id && SameFinding(*a.finding, *b.finding);
}

bool operator==(const IncidentRow& a, const IncidentRow& b) {
  return IncidentFields(a) == IncidentFields(b) && SameFinding(*a.finding, *b.finding);
}

bool operator==(const DispatchRow& a, const DispatchRow& b) {
  return DispatchFields(a) == DispatchFields(b) && BytesOf(&a.selector) == BytesOf(&b.selector) &&
         BytesOf(a.action.get()) == BytesOf(b.action.get());
}

bool operator==(const CommandRow& a, const CommandRow& b) {
  return CommandFields(a) == CommandFields(b) && BytesOf(a.action.get()) == BytesOf(b.action.get()) &&
         BytesOf(a.result.get()) == BytesOf(b.result.get());
}

}  // namespace fleet::coordinator
