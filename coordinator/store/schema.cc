#include "coordinator/store/schema.h"

#include <array>
#include <string>

#include "common/status.h"

namespace fleet::coordinator {

namespace {

// Forward only: a step that has been released is never edited, a new one is added.
// Times are Unix milliseconds, truth values 0 or 1, findings, selectors, actions and results JSON documents.
constexpr std::string_view kStep1[] = {
    R"(create table agents (
         id text primary key, host_name text not null, agent_version text not null, os text not null,
         first_seen bigint not null, last_seen bigint not null, connectivity bigint not null,
         repairing bigint not null, sessions bigint not null, messages bigint not null, omitted bigint not null,
         p0 bigint not null, p1 bigint not null, p2 bigint not null, p3 bigint not null))",
    R"(create table findings (
         agent_id text not null references agents (id), fingerprint text not null, finding text not null,
         primary key (agent_id, fingerprint)))",
    R"(create table incidents (
         id text primary key, agent_id text not null references agents (id), host_name text not null,
         state bigint not null, severity bigint not null, finding text not null, opened bigint not null, updated bigint not null,
         respond_by bigint not null, overdue bigint not null, resolved bigint not null, command_id text not null,
         events bigint not null))",
    R"(create table timeline (
         incident_id text not null references incidents (id) deferrable initially deferred, number bigint not null,
         at bigint not null, what text not null, detail text not null, primary key (incident_id, number)))",
    R"(create table dispatches (
         id text primary key, selector text not null, action text not null, created bigint not null,
         expires bigint not null, author text not null, request_id text not null,
         cancel_requested bigint not null))",
    R"(create table commands (
         id text primary key, dispatch_id text not null references dispatches (id),
         agent_id text not null references agents (id), host_name text not null, state bigint not null, result text not null, created bigint not null, expires bigint not null,
         updated bigint not null, offered bigint not null, cancel_requested bigint not null))",
    "create index commands_by_dispatch on commands (dispatch_id)",
};

constexpr std::string_view kStep2[] = {
    "alter table agents add column drill_began bigint not null default 0",
    "alter table agents add column drill_all bigint not null default 0",
    "alter table agents add column drill_passed bigint not null default 0",
    "alter table agents add column drill_failed bigint not null default 0",
    "alter table agents add column drill_skipped bigint not null default 0",
};

constexpr std::string_view kStep3[] = {
    "alter table incidents add column half_over bigint not null default 0",
    "alter table incidents add column owner text not null default ''",
    "alter table incidents add column acknowledged_until bigint not null default 0",
    "alter table incidents add column reopened bigint not null default 0",
    "alter table incidents add column notices bigint not null default 0",
    "alter table incidents add column step bigint not null default 0",
    "alter table incidents add column step_due bigint not null default 0",
    R"(create table notices (
         incident_id text not null references incidents (id) deferrable initially deferred, number bigint not null,
         channel text not null, kind bigint not null, severity bigint not null, code text not null,
         agent_id text not null, host_name text not null, subject text not null, lines text not null,
         owner text not null, link text not null, opened bigint not null, at bigint not null,
         respond_by bigint not null, state bigint not null, attempts bigint not null, due bigint not null,
         ended bigint not null, thread text not null, detail text not null, primary key (incident_id, number)))",
};

constexpr std::array<std::span<const std::string_view>, 3> kSteps = {kStep1, kStep2, kStep3};

absl::Status RunStep(SqlConnection& connection, std::size_t step) {
  for (const std::string_view sql : kSteps[step]) RETURN_IF_ERROR(connection.Run(sql));
  const SqlValue version[] = {static_cast<std::int64_t>(step + 1)};
  return connection.Run("update schema_version set version = $1", version);
}

absl::StatusOr<std::int64_t> VersionOf(SqlConnection& connection) {
  RETURN_IF_ERROR(connection.Run("create table if not exists schema_version (version bigint not null)"));
  std::int64_t version = -1;
  RETURN_IF_ERROR(connection.Run("select version from schema_version", {}, [&](SqlRow row) {
    if (const auto* number = std::get_if<std::int64_t>(&row[0])) version = *number;
  }));
  if (version >= 0) return version;
  RETURN_IF_ERROR(connection.Run("insert into schema_version (version) values (0)"));
  return 0;
}

absl::Status MigrateInTransaction(SqlConnection& connection) {
  ASSIGN_OR_RETURN(const std::int64_t version, VersionOf(connection));
  if (version > SchemaVersion()) {
    return FailedPrecondition("the database has schema " + std::to_string(version) + ", this program knows " +
                              std::to_string(SchemaVersion()) + ": a newer coordinator has used it; install that one");
  }
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    RETURN_IF_ERROR(RunStep(connection, step));
  }
  return absl::OkStatus();
}

}  // namespace

std::int64_t SchemaVersion() { return static_cast<std::int64_t>(kSteps.size()); }

absl::Status MigrateSchema(SqlConnection& connection) {
  RETURN_IF_ERROR(connection.Begin());
  if (absl::Status status = MigrateInTransaction(connection); !status.ok()) {
    connection.Rollback();
    return status;
  }
  return connection.Commit();
}

}  // namespace fleet::coordinator
