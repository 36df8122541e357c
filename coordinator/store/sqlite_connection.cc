#include "coordinator/store/sqlite_connection.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <map>
#include <utility>
#include <vector>

#include "common/status.h"

namespace fleet::coordinator {

namespace {

// "dgmo": tells our databases from other programs'.
constexpr std::int64_t kApplicationId = 0x64676d6f;
constexpr int kBusyTimeoutMs = 250;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Leaves the statement ready for its next use, however its run ended.
class ResetOnExit {
 public:
  explicit ResetOnExit(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetOnExit() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  ResetOnExit(const ResetOnExit&) = delete;
  ResetOnExit& operator=(const ResetOnExit&) = delete;

 private:
  sqlite3_stmt* statement_;
};

// The one place where SQLite's errors become a Status.
absl::Status StatusFrom(sqlite3* database, int code) {
  const std::string text = sqlite3_errmsg(database);
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: {
      const int extended = sqlite3_extended_errcode(database);
      const bool unique = extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY;
      return unique ? AlreadyExists(text) : Internal(text);
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Aborted(text);
    case SQLITE_CORRUPT: return DataLoss(text + "; restore the file from a backup");
    case SQLITE_NOTADB: return FailedPrecondition(text);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY: return Unavailable(text + "; see that the disk has room and the file can be written");
    default: return Internal(text);
  }
}

SqlValue ColumnOf(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return std::monostate();
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    default: break;
  }
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

int Bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

class SqliteConnection final : public SqlConnection {
 public:
  explicit SqliteConnection(Database database) : database_(std::move(database)) {}

  absl::Status Run(std::string_view sql, std::span<const SqlValue> args, absl::FunctionRef<void(SqlRow)> row) override {
    ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepared(sql));
    const ResetOnExit reset(statement);
    if (static_cast<int>(args.size()) != sqlite3_bind_parameter_count(statement)) {
      return Internal("wrong number of arguments for: " + std::string(sql));
    }
    for (std::size_t i = 0; i < args.size(); ++i) {
      const int code = Bind(statement, static_cast<int>(i + 1), args[i]);
      if (code != SQLITE_OK) return StatusFrom(database_.get(), code);
    }
    std::vector<SqlValue> columns;
    for (;;) {
      const int code = sqlite3_step(statement);
      if (code == SQLITE_DONE) return absl::OkStatus();
      if (code != SQLITE_ROW) return StatusFrom(database_.get(), code);
      columns.clear();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) columns.push_back(ColumnOf(statement, i));
      row(columns);
    }
  }

  absl::Status Begin() override { return SqlConnection::Run("begin immediate"); }
  absl::Status Commit() override { return SqlConnection::Run("commit"); }
  void Rollback() override {
    // SQLite has already rolled back after some errors; then this fails, which is as good.
    if (sqlite3_get_autocommit(database_.get()) == 0) SqlConnection::Run("rollback").IgnoreError();
  }

 private:
  // Statements are kept by their text: the program has a fixed set of them.
  absl::StatusOr<sqlite3_stmt*> Prepared(std::string_view sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return known->second.get();
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return StatusFrom(database_.get(), code);
    return statements_.emplace(sql, Statement(raw)).first->second.get();
  }

  Database database_;
  std::map<std::string, Statement, std::less<>> statements_;  // after the database: destroyed before it
};

absl::StatusOr<std::vector<SqlValue>> FirstRow(SqlConnection& connection, std::string_view sql) {
  std::vector<SqlValue> values;
  RETURN_IF_ERROR(connection.Run(sql, {}, [&](SqlRow row) {
    if (values.empty()) values.assign(row.begin(), row.end());
  }));
  if (values.empty()) return Internal("no answer to: " + std::string(sql));
  return values;
}

// Reads only, so that a file that is not ours stays as it is.
absl::Status CheckOurs(SqlConnection& connection) {
  ASSIGN_OR_RETURN(const auto tables, FirstRow(connection, "select count(*) from sqlite_master"));
  ASSIGN_OR_RETURN(const auto id, FirstRow(connection, "pragma application_id"));
  const bool empty = tables[0] == SqlValue(std::int64_t{0}) && id[0] == SqlValue(std::int64_t{0});
  if (!empty && id[0] != SqlValue(kApplicationId)) {
    return FailedPrecondition("it is the database of another program; name another file");
  }
  ASSIGN_OR_RETURN(const auto check, FirstRow(connection, "pragma quick_check(1)"));
  if (check[0] != SqlValue(std::string("ok"))) {
    const auto* text = std::get_if<std::string>(&check[0]);
    return DataLoss("the database is damaged (" + (text != nullptr ? *text : "") + "); restore it from a backup");
  }
  return absl::OkStatus();
}

absl::Status SetUp(SqlConnection& connection) {
  // Before the first access: the lock is taken with it and kept.
  RETURN_IF_ERROR(connection.Run("pragma locking_mode = exclusive"));
  RETURN_IF_ERROR(CheckOurs(connection));
  RETURN_IF_ERROR(connection.Run("pragma journal_mode = wal"));
  RETURN_IF_ERROR(connection.Run("pragma synchronous = full"));
  RETURN_IF_ERROR(connection.Run("pragma foreign_keys = on"));
  // A write, so that the exclusive lock is held from now on.
  RETURN_IF_ERROR(connection.Begin());
  if (absl::Status status = connection.Run("pragma application_id = 1684499823"); !status.ok()) {
    connection.Rollback();
    return status;
  }
  return connection.Commit();
}

absl::Status CheckRegular(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return absl::OkStatus();  // not there yet, or SQLite says why not
  if (S_ISREG(info.st_mode)) return absl::OkStatus();
  return FailedPrecondition("cannot open database " + path + ": it is not a regular file; name another file");
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlConnection>> OpenSqlite(const std::string& path) {
  static_assert(kApplicationId == 1684499823);
  RETURN_IF_ERROR(CheckRegular(path));
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return Annotate(StatusFrom(raw, code), "cannot open database " + path);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  auto connection = std::make_unique<SqliteConnection>(std::move(database));
  absl::Status status = SetUp(*connection);
  if (absl::IsAborted(status)) {
    status = FailedPrecondition("another process has it open; is a coordinator already running?");
  }
  if (!status.ok()) return Annotate(status, "cannot use database " + path);
  return connection;
}

}  // namespace fleet::coordinator
