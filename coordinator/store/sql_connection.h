#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace fleet::coordinator {

using SqlValue = std::variant<std::monostate, std::int64_t, std::string>;
// The columns of one row; valid during the call that gets it.
using SqlRow = std::span<const SqlValue>;

// One connection of one thread to a database. SQL names its parameters $1..$n, first used in that order, so that
// every engine takes it; columns are bigint and text only.
// Errors: kAlreadyExists for a unique key, kAborted for a conflict with somebody else, kUnavailable when the
// database cannot be reached or written now, kDataLoss for a damaged file, kInternal for the rest.
class SqlConnection {
 public:
  virtual ~SqlConnection() = default;

  // Runs one statement to its end.
  virtual absl::Status Run(std::string_view sql, std::span<const SqlValue> args,
                           absl::FunctionRef<void(SqlRow)> row) = 0;
  absl::Status Run(std::string_view sql, std::span<const SqlValue> args = {}) {
    return Run(sql, args, [](SqlRow) {});
  }

  virtual absl::Status Begin() = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;
};

}  // namespace fleet::coordinator
