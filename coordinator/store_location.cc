#include "coordinator/store_location.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "common/status.h"
#include "coordinator/store/sql_store.h"
#include "coordinator/store/sqlite_connection.h"

namespace fleet::coordinator {

namespace {

constexpr std::string_view kSqlite = "sqlite:";

// As mkdir -p; what is made is for its owner only.
absl::Status MakeFolders(const std::filesystem::path& folder) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : folder) {
    made /= part;
    if (mkdir(made.c_str(), 0700) == 0 || errno == EEXIST || errno == EISDIR) continue;
    return Annotate(FromErrno(errno, made.string()), "cannot make the folder of the store");
  }
  return absl::OkStatus();
}

}  // namespace

std::string DefaultStoreLocation() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(kSqlite) + state + "/dgmo-coordinator/coordinator.db";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return "";
  return std::string(kSqlite) + home + "/.local/state/dgmo-coordinator/coordinator.db";
}

absl::Status CheckStoreLocation(const std::string& location) {
  if (location.rfind("postgresql://", 0) == 0 || location.rfind("postgres://", 0) == 0) {
    return InvalidArgument("this build keeps its store in SQLite only; use --store sqlite:PATH");
  }
  if (location.rfind(kSqlite, 0) != 0 || location.size() == kSqlite.size()) {
    return InvalidArgument("\"" + location + "\" is not a store; use --store sqlite:PATH");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& location) {
  RETURN_IF_ERROR(CheckStoreLocation(location));
  const std::string path = location.substr(kSqlite.size());
  RETURN_IF_ERROR(MakeFolders(std::filesystem::path(path).parent_path()));
  ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> connection, OpenSqlite(path));
  return OpenSqlStore(std::move(connection));
}

}  // namespace fleet::coordinator
