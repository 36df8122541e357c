#pragma once

#include <absl/status/status.h>

#include <cstdint>

#include "coordinator/store/sql_connection.h"

namespace fleet::coordinator {

// The version of the tables that this program reads and writes.
std::int64_t SchemaVersion();

// Brings the tables to SchemaVersion, step by step, each step all or nothing. FailedPrecondition when a newer
// program has already been here.
absl::Status MigrateSchema(SqlConnection& connection);

}  // namespace fleet::coordinator
