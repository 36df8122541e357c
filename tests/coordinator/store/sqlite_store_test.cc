#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <sstream>

#include "coordinator/store/row_columns.h"
#include "coordinator/store/schema.h"
#include "coordinator/store/sql_store.h"
#include "coordinator/store/sqlite_connection.h"
#include "tests/coordinator/store/store_contract.h"
#include "tests/support/temp_dir.h"

namespace fleet::coordinator {

struct SqliteBackend {
  absl::StatusOr<std::unique_ptr<Store>> Open() {
    ASSIGN_OR_RETURN(auto connection, OpenSqlite(dir / "fleet.db"));
    return OpenSqlStore(std::move(connection));
  }
  TempDir dir;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteBackend);

namespace {

std::string BytesOf(const std::string& path) {
  std::stringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void RunSql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

class SqliteFile : public ::testing::Test {
 protected:
  // A database of ours with rows in it.
  void Make() {
    auto store = OpenStore();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Commit(FullRows()).ok());
  }
  absl::StatusOr<std::unique_ptr<Store>> OpenStore() {
    ASSIGN_OR_RETURN(auto connection, OpenSqlite(path));
    return OpenSqlStore(std::move(connection));
  }
  // Opening is refused, says so with the path, and leaves the file as it was.
  void ExpectRefused(absl::StatusCode code) {
    const std::string before = BytesOf(path);
    const absl::Status status = OpenStore().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_NE(MessageOf(status).find(path), std::string::npos) << status;
    EXPECT_EQ(BytesOf(path), before);
    EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  }

  TempDir dir;
  std::string path = dir / "fleet.db";
};

TEST_F(SqliteFile, IsLockedToOneProcess) {
  auto first = OpenStore();
  ASSERT_TRUE(first.ok());
  const absl::Status status = OpenSqlite(path).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(MessageOf(status).find("already running"), std::string::npos) << status;
  first->reset();
  EXPECT_TRUE(OpenSqlite(path).ok());
}

TEST_F(SqliteFile, OfAnotherProgramIsLeftAlone) {
  RunSql(path, "create table theirs (x); insert into theirs values (1);");
  ExpectRefused(absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteFile, OfAnotherProgramWithoutTablesIsLeftAlone) {
  RunSql(path, "pragma application_id = 7;");
  ExpectRefused(absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsLeftAlone) {
  dir.Write("fleet.db", "This is my diary, keep out. " + std::string(5000, 'x'));
  ExpectRefused(absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteFile, ThatIsDamagedIsLeftAlone) {
  Make();
  std::string bytes = BytesOf(path);
  ASSERT_GT(bytes.size(), 8192u);
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(0xa5);
  dir.Write("fleet.db", bytes);
  ExpectRefused(absl::StatusCode::kDataLoss);
}

TEST_F(SqliteFile, ThatIsCutOffIsLeftAlone) {
  Make();
  std::filesystem::resize_file(path, 5000);
  ExpectRefused(absl::StatusCode::kDataLoss);
}

TEST_F(SqliteFile, OfANewerProgramIsRefused) {
  Make();
  RunSql(path, "update schema_version set version = 999;");
  const absl::Status status = OpenStore().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(MessageOf(status).find("newer"), std::string::npos);
  RunSql(path, "update schema_version set version = " + std::to_string(SchemaVersion()));
  EXPECT_EQ((*OpenStore())->Load()->size(), FullRows().size()) << "nothing was changed";
}

TEST_F(SqliteFile, OfTheFirstReleaseIsBroughtUpToDate) {
  Make();
  for (const char* column : {"began", "all", "passed", "failed", "skipped"}) {
    RunSql(path, std::string("alter table agents drop column drill_") + column);
  }
  for (const char* column : {"half_over", "owner", "acknowledged_until", "reopened", "notices", "step", "step_due"}) {
    RunSql(path, std::string("alter table incidents drop column ") + column);
  }
  RunSql(path, "drop table notices");
  RunSql(path, "update schema_version set version = 1");
  const auto store = OpenStore();
  ASSERT_TRUE(store.ok()) << store.status();
  const auto rows = (*store)->Load();
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), FullRows().size() - 1) << "there were no notices then";
}

TEST_F(SqliteFile, CannotBeAFolderOrAFifo) {
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenSqlite(dir.path()).status()));
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenSqlite(dir / "fifo").status()));
  EXPECT_TRUE(absl::IsUnavailable(OpenSqlite(dir / "no/such/folder/db").status()));
}

TEST_F(SqliteFile, RowsThatThisProgramDoesNotWriteAreDataLoss) {
  for (const char* damage : {"update findings set finding = '{broken'", "update commands set state = 77",
                             "update agents set p0 = 'many'", "update incidents set overdue = 2"}) {
    std::filesystem::remove(path);
    Make();
    RunSql(path, damage);
    auto store = OpenStore();
    ASSERT_TRUE(store.ok());
    EXPECT_TRUE(absl::IsDataLoss((*store)->Load().status())) << damage;
  }
}

TEST_F(SqliteFile, MigratesOnce) {
  Make();
  auto connection = OpenSqlite(path);
  ASSERT_TRUE(connection.ok());
  EXPECT_TRUE(MigrateSchema(**connection).ok());
  std::int64_t version = 0;
  const auto take = [&version](SqlRow row) { version = std::get<std::int64_t>(row[0]); };
  ASSERT_TRUE((*connection)->Run("select version from schema_version", {}, take).ok());
  EXPECT_EQ(version, SchemaVersion());
}

TEST_F(SqliteFile, ErrorsHaveTheirCodes) {
  auto opened = OpenSqlite(path);
  ASSERT_TRUE(opened.ok());
  SqlConnection& connection = **opened;
  ASSERT_TRUE(connection.Run("create table t (id text primary key, n bigint not null)").ok());
  const SqlValue args[] = {std::string("a"), std::int64_t{1}};
  ASSERT_TRUE(connection.Run("insert into t (id, n) values ($1, $2)", args).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(connection.Run("insert into t (id, n) values ($1, $2)", args)));
  const SqlValue null[] = {std::string("b"), std::monostate()};
  EXPECT_TRUE(absl::IsInternal(connection.Run("insert into t (id, n) values ($1, $2)", null)));
  EXPECT_TRUE(absl::IsInternal(connection.Run("insert into t (id, n) values ($1, $2)")));
  EXPECT_TRUE(absl::IsInternal(connection.Run("selekt 1")));
  EXPECT_TRUE(absl::IsInternal(connection.Commit())) << "nothing was begun";
  connection.Rollback();
}

// SQLite numbers $n by first appearance, PostgreSQL by its number.
template <class Row>
void ExpectParametersInOrder() {
  for (const std::string* sql : {&TextOf<Row>().upsert, &TextOf<Row>().erase}) {
    int expected = 1;
    for (std::size_t at = sql->find('$'); at != std::string::npos; at = sql->find('$', at + 1)) {
      EXPECT_EQ(std::stoi(sql->substr(at + 1)), expected++) << *sql;
    }
    EXPECT_GT(expected, 1);
  }
}

TEST(SqlText, NamesItsParametersInOrder) {
  ExpectParametersInOrder<AgentRow>();
  ExpectParametersInOrder<FindingRow>();
  ExpectParametersInOrder<IncidentRow>();
  ExpectParametersInOrder<TimelineRow>();
  ExpectParametersInOrder<DispatchRow>();
  ExpectParametersInOrder<CommandRow>();
}

}  // namespace
}  // namespace fleet::coordinator
