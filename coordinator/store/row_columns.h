#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "coordinator/core/rows.h"
#include "coordinator/store/sql_connection.h"

namespace fleet::coordinator {

using SqlValues = std::vector<SqlValue>;

// A table of the schema as the store uses it: the key's columns come first everywhere.
struct TableText {
  std::string upsert;
  std::string erase;
  std::string select;
};

// How each row looks in its table: the statements, its key and its columns in their order, and back.
template <class Row>
const TableText& TextOf();
template <class Row>
SqlValues ColumnsOf(const Row& row);
// DataLoss when a column does not hold what ColumnsOf writes. A command comes without its action.
template <class Row>
absl::StatusOr<Row> RowFrom(SqlRow columns);

SqlValues KeyColumns(const std::string& key);
SqlValues KeyColumns(const FaultKey& key);
SqlValues KeyColumns(const TimelineKey& key);
SqlValues KeyColumns(const NoticeKey& key);

}  // namespace fleet::coordinator
