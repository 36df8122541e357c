#include "coordinator/store/row_columns.h"

#include <absl/strings/str_split.h>

#include <initializer_list>

#include "coordinator/store/column_reader.h"

namespace fleet::coordinator {

namespace {

using Names = std::vector<std::string>;

std::string Joined(const Names& names, const std::string& separator) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : separator) + name;
  return text;
}

std::string Parameter(std::size_t number) {
  std::string text = "$";
  text += std::to_string(number);
  return text;
}

// Only names from this file come here; values are always parameters.
TableText MakeText(const std::string& table, const Names& key, const Names& others) {
  Names all = key;
  all.insert(all.end(), others.begin(), others.end());
  Names parameters;
  for (std::size_t i = 1; i <= all.size(); ++i) parameters.push_back(Parameter(i));
  Names updates;
  for (const std::string& name : others) updates.push_back(name + " = excluded." + name);
  Names conditions;
  for (std::size_t i = 0; i < key.size(); ++i) conditions.push_back(key[i] + " = " + Parameter(i + 1));
  return {"insert into " + table + " (" + Joined(all, ", ") + ") values (" + Joined(parameters, ", ") +
              ") on conflict (" + Joined(key, ", ") + ") do update set " + Joined(updates, ", "),
          "delete from " + table + " where " + Joined(conditions, " and "),
          "select " + Joined(all, ", ") + " from " + table};
}

SqlValue Number(std::int64_t number) { return number; }
SqlValue Flag(bool flag) { return std::int64_t{flag ? 1 : 0}; }

template <class Row>
absl::StatusOr<Row> Checked(const ColumnReader& reader, Row row) {
  if (absl::Status status = reader.status(); !status.ok()) return status;
  return row;
}

}  // namespace

SqlValues KeyColumns(const std::string& key) { return {key}; }
SqlValues KeyColumns(const FaultKey& key) { return {key.agent_id, key.fingerprint}; }
SqlValues KeyColumns(const TimelineKey& key) { return {key.incident_id, key.number}; }
SqlValues KeyColumns(const NoticeKey& key) { return {key.incident_id, key.number}; }

template <>
const TableText& TextOf<AgentRow>() {
  static const TableText kText =
      MakeText("agents", {"id"},
               {"host_name", "agent_version", "os", "first_seen", "last_seen", "connectivity", "repairing", "sessions",
                "messages", "omitted", "p0", "p1", "p2", "p3", "drill_began", "drill_all", "drill_passed",
                "drill_failed", "drill_skipped"});
  return kText;
}

template <>
SqlValues ColumnsOf(const AgentRow& row) {
  return {row.id,
          row.host_name,
          row.agent_version,
          row.os,
          row.first_seen_ms,
          row.last_seen_ms,
          Number(static_cast<int>(row.connectivity)),
          Flag(row.repairing),
          row.sessions,
          row.messages,
          row.omitted_findings,
          row.findings_by_severity[0],
          row.findings_by_severity[1],
          row.findings_by_severity[2],
          row.findings_by_severity[3],
          row.last_drill.began_ms,
          Flag(row.last_drill.all),
          row.last_drill.passed,
          row.last_drill.failed,
          row.last_drill.skipped};
}

template <>
absl::StatusOr<AgentRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  AgentRow row;
  row.id = reader.Text();
  row.host_name = reader.Text();
  row.agent_version = reader.Text();
  row.os = reader.Text();
  row.first_seen_ms = reader.Int();
  row.last_seen_ms = reader.Int();
  row.connectivity = static_cast<Connectivity>(reader.IntBelow(kConnectivities));
  row.repairing = reader.Bool();
  row.sessions = reader.Int();
  row.messages = reader.Int();
  row.omitted_findings = reader.Int();
  for (std::int64_t& count : row.findings_by_severity) count = reader.Int();
  row.last_drill.began_ms = reader.Int();
  row.last_drill.all = reader.Bool();
  row.last_drill.passed = reader.Int();
  row.last_drill.failed = reader.Int();
  row.last_drill.skipped = reader.Int();
  return Checked(reader, std::move(row));
}

template <>
const TableText& TextOf<FindingRow>() {
  static const TableText kText = MakeText("findings", {"agent_id", "fingerprint"}, {"finding"});
  return kText;
}

template <>
SqlValues ColumnsOf(const FindingRow& row) {
  return {row.agent_id, row.finding->fingerprint, JsonText(*row.finding)};
}

template <>
absl::StatusOr<FindingRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  FindingRow row;
  row.agent_id = reader.Text();
  reader.Text();  // the fingerprint is in the finding too
  row.finding = reader.FindingColumn();
  return Checked(reader, std::move(row));
}

template <>
const TableText& TextOf<IncidentRow>() {
  static const TableText kText =
      MakeText("incidents", {"id"},
               {"agent_id", "host_name", "state", "severity", "finding", "opened", "updated", "respond_by", "half_over",
                "overdue", "owner", "acknowledged_until", "reopened", "resolved", "command_id", "events", "notices",
                "step", "step_due"});
  return kText;
}

template <>
SqlValues ColumnsOf(const IncidentRow& row) {
  return {row.id,
          row.agent_id,
          row.host_name,
          Number(row.state),
          Number(static_cast<int>(row.severity)),
          JsonText(*row.finding),
          row.opened_ms,
          row.updated_ms,
          row.respond_by_ms,
          Flag(row.half_over),
          Flag(row.overdue),
          row.owner,
          row.acknowledged_until_ms,
          row.reopened,
          row.resolved_ms,
          row.command_id,
          row.events,
          row.notices,
          row.step,
          row.step_due_ms};
}

template <>
absl::StatusOr<IncidentRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  IncidentRow row;
  row.id = reader.Text();
  row.agent_id = reader.Text();
  row.host_name = reader.Text();
  row.state = static_cast<v1::IncidentState>(reader.IntBelow(v1::IncidentState_ARRAYSIZE));
  row.severity = static_cast<Severity>(reader.IntBelow(kSeverities));
  row.finding = reader.FindingColumn();
  row.opened_ms = reader.Int();
  row.updated_ms = reader.Int();
  row.respond_by_ms = reader.Int();
  row.half_over = reader.Bool();
  row.overdue = reader.Bool();
  row.owner = reader.Text();
  row.acknowledged_until_ms = reader.Int();
  row.reopened = reader.Int();
  row.resolved_ms = reader.Int();
  row.command_id = reader.Text();
  row.events = reader.Int();
  row.notices = reader.Int();
  row.step = reader.Int();
  row.step_due_ms = reader.Int();
  return Checked(reader, std::move(row));
}

template <>
const TableText& TextOf<TimelineRow>() {
  static const TableText kText = MakeText("timeline", {"incident_id", "number"}, {"at", "what", "detail"});
  return kText;
}

template <>
SqlValues ColumnsOf(const TimelineRow& row) {
  return {row.incident_id, row.number, row.at_ms, row.what, row.detail};
}

template <>
absl::StatusOr<TimelineRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  TimelineRow row;
  row.incident_id = reader.Text();
  row.number = reader.Int();
  row.at_ms = reader.Int();
  row.what = reader.Text();
  row.detail = reader.Text();
  return Checked(reader, std::move(row));
}

template <>
const TableText& TextOf<NoticeRow>() {
  static const TableText kText =
      MakeText("notices", {"incident_id", "number"},
               {"channel", "kind", "severity", "code", "agent_id", "host_name", "subject", "lines", "owner", "link",
                "opened", "at", "respond_by", "state", "attempts", "due", "ended", "thread", "detail"});
  return kText;
}

template <>
SqlValues ColumnsOf(const NoticeRow& row) {
  return {row.notice.incident_id,
          row.number,
          row.channel,
          Number(static_cast<int>(row.notice.kind)),
          Number(static_cast<int>(row.notice.severity)),
          row.notice.code,
          row.notice.agent_id,
          row.notice.host_name,
          row.notice.subject,
          Joined(row.notice.lines, "\n"),
          row.notice.owner,
          row.notice.link,
          row.notice.opened_ms,
          row.notice.at_ms,
          row.notice.respond_by_ms,
          Number(static_cast<int>(row.state)),
          row.attempts,
          row.due_ms,
          row.ended_ms,
          row.thread,
          row.detail};
}

template <>
absl::StatusOr<NoticeRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  NoticeRow row;
  row.notice.incident_id = reader.Text();
  row.number = reader.Int();
  row.channel = reader.Text();
  row.notice.kind = static_cast<NoticeKind>(reader.IntBelow(kNoticeKinds));
  row.notice.severity = static_cast<Severity>(reader.IntBelow(kSeverities));
  row.notice.code = reader.Text();
  row.notice.agent_id = reader.Text();
  row.notice.host_name = reader.Text();
  row.notice.subject = reader.Text();
  row.notice.lines = absl::StrSplit(reader.Text(), '\n');
  row.notice.owner = reader.Text();
  row.notice.link = reader.Text();
  row.notice.opened_ms = reader.Int();
  row.notice.at_ms = reader.Int();
  row.notice.respond_by_ms = reader.Int();
  row.state = static_cast<NoticeState>(reader.IntBelow(kNoticeStates));
  row.attempts = reader.Int();
  row.due_ms = reader.Int();
  row.ended_ms = reader.Int();
  row.thread = reader.Text();
  row.detail = reader.Text();
  row.notice.id = NoticeId(row.key());
  return Checked(reader, std::move(row));
}

template <>
const TableText& TextOf<DispatchRow>() {
  static const TableText kText = MakeText(
      "dispatches", {"id"}, {"selector", "action", "created", "expires", "author", "request_id", "cancel_requested"});
  return kText;
}

template <>
SqlValues ColumnsOf(const DispatchRow& row) {
  return {row.id,     JsonText(row.selector), JsonText(*row.action),     row.created_ms, row.expires_ms,
          row.author, row.request_id,         Flag(row.cancel_requested)};
}

template <>
absl::StatusOr<DispatchRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  DispatchRow row;
  row.id = reader.Text();
  reader.Json(row.selector);
  v1::Action action;
  reader.Json(action);
  row.action = std::make_shared<const v1::Action>(std::move(action));
  row.created_ms = reader.Int();
  row.expires_ms = reader.Int();
  row.author = reader.Text();
  row.request_id = reader.Text();
  row.cancel_requested = reader.Bool();
  return Checked(reader, std::move(row));
}

template <>
const TableText& TextOf<CommandRow>() {
  static const TableText kText = MakeText("commands", {"id"},
                                          {"dispatch_id", "agent_id", "host_name", "state", "result", "created",
                                           "expires", "updated", "offered", "cancel_requested"});
  return kText;
}

template <>
SqlValues ColumnsOf(const CommandRow& row) {
  return {row.id,
          row.dispatch_id,
          row.agent_id,
          row.host_name,
          Number(row.state),
          row.result == nullptr ? std::string() : JsonText(*row.result),
          row.created_ms,
          row.expires_ms,
          row.updated_ms,
          row.offered_ms,
          Flag(row.cancel_requested)};
}

template <>
absl::StatusOr<CommandRow> RowFrom(SqlRow columns) {
  ColumnReader reader(columns);
  CommandRow row;
  row.id = reader.Text();
  row.dispatch_id = reader.Text();
  row.agent_id = reader.Text();
  row.host_name = reader.Text();
  row.state = static_cast<v1::CommandState>(reader.IntBelow(kCommandStates));
  if (!reader.AtEmptyText()) {
    v1::CommandResult result;
    reader.Json(result);
    row.result = std::make_shared<const v1::CommandResult>(std::move(result));
  }
  row.created_ms = reader.Int();
  row.expires_ms = reader.Int();
  row.updated_ms = reader.Int();
  row.offered_ms = reader.Int();
  row.cancel_requested = reader.Bool();
  return Checked(reader, std::move(row));
}

}  // namespace fleet::coordinator
