#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "coordinator/store/sql_connection.h"

namespace fleet::coordinator {

// Opens the database file, makes it when it does not exist, and locks it for this process until the connection is
// destroyed. A commit is on the disk when it returns. Nothing is written to a file that is not ours:
// FailedPrecondition when it is another program's database or no database at all, or when another process has it
// open; DataLoss when it is damaged.
absl::StatusOr<std::unique_ptr<SqlConnection>> OpenSqlite(const std::string& path);

}  // namespace fleet::coordinator
