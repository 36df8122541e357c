#include "coordinator/store/sql_store.h"

#include <map>
#include <utility>

#include "common/status.h"
#include "coordinator/store/row_columns.h"
#include "coordinator/store/schema.h"

namespace fleet::coordinator {

namespace {

class SqlStore final : public Store {
 public:
  explicit SqlStore(std::unique_ptr<SqlConnection> connection) : connection_(std::move(connection)) {}

  absl::StatusOr<std::vector<Change>> Load() override;
  absl::Status Commit(std::span<const Change> changes) override;

 private:
  using Actions = std::map<std::string, std::shared_ptr<const v1::Action>>;

  // Calls `take` with each row of the table.
  template <class Row, class Take>
  absl::Status LoadTable(const Take& take);
  absl::Status LoadDispatches(std::vector<Change>& rows);
  absl::Status Write(std::span<const Change> changes);
  template <class Row>
  absl::Status WriteRow(const RowChange<Row>& change);

  std::unique_ptr<SqlConnection> connection_;
};

template <class Row, class Take>
absl::Status SqlStore::LoadTable(const Take& take) {
  absl::Status bad;
  RETURN_IF_ERROR(connection_->Run(TextOf<Row>().select, {}, [&](SqlRow columns) {
    if (!bad.ok()) return;
    absl::StatusOr<Row> row = RowFrom<Row>(columns);
    bad = row.ok() ? take(*std::move(row)) : row.status();
    const auto* id = std::get_if<std::string>(&columns[0]);
    if (!bad.ok()) bad = Annotate(bad, "row " + (id != nullptr ? *id : "?") + " of: " + TextOf<Row>().select);
  }));
  return bad;
}

absl::Status SqlStore::LoadDispatches(std::vector<Change>& rows) {
  Actions actions;
  RETURN_IF_ERROR(LoadTable<DispatchRow>([&](DispatchRow row) {
    actions[row.id] = row.action;
    rows.push_back(Put(std::move(row)));
    return absl::OkStatus();
  }));
  return LoadTable<CommandRow>([&](CommandRow row) {
    const auto action = actions.find(row.dispatch_id);
    if (action == actions.end()) return DataLoss("its dispatch is missing");
    row.action = action->second;
    rows.push_back(Put(std::move(row)));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<Change>> SqlStore::Load() {
  std::vector<Change> rows;
  const auto take = [&rows](auto row) {
    rows.push_back(Put(std::move(row)));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(LoadTable<AgentRow>(take));
  RETURN_IF_ERROR(LoadTable<FindingRow>(take));
  RETURN_IF_ERROR(LoadTable<IncidentRow>(take));
  RETURN_IF_ERROR(LoadTable<TimelineRow>(take));
  RETURN_IF_ERROR(LoadTable<NoticeRow>(take));
  RETURN_IF_ERROR(LoadDispatches(rows));
  return rows;
}

template <class Row>
absl::Status SqlStore::WriteRow(const RowChange<Row>& change) {
  if (change.row == nullptr) return connection_->Run(TextOf<Row>().erase, KeyColumns(change.key));
  return connection_->Run(TextOf<Row>().upsert, ColumnsOf(*change.row));
}

absl::Status SqlStore::Write(std::span<const Change> changes) {
  for (const Change& change : changes) {
    RETURN_IF_ERROR(std::visit(
        [this](const auto& row) -> absl::Status {
          if constexpr (std::is_same_v<std::decay_t<decltype(row)>, RowChange<LinkRow>>) {
            return absl::OkStatus();
          } else {
            return WriteRow(row);
          }
        },
        change));
  }
  return absl::OkStatus();
}

absl::Status SqlStore::Commit(std::span<const Change> changes) {
  RETURN_IF_ERROR(connection_->Begin());
  absl::Status status = Write(changes);
  if (status.ok()) status = connection_->Commit();
  if (!status.ok()) connection_->Rollback();
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqlStore(std::unique_ptr<SqlConnection> connection) {
  RETURN_IF_ERROR(MigrateSchema(*connection));
  return std::make_unique<SqlStore>(std::move(connection));
}

}  // namespace fleet::coordinator
