#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "coordinator/core/store.h"
#include "coordinator/store/sql_connection.h"

namespace fleet::coordinator {

// The rows in a database, whose schema is migrated first. See Store.
absl::StatusOr<std::unique_ptr<Store>> OpenSqlStore(std::unique_ptr<SqlConnection> connection);

}  // namespace fleet::coordinator
