#include "agent/qdrant/operation_journal.h"

#include <algorithm>
#include <filesystem>

#include "agent/qdrant/reason.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostRecord = 16 << 20;
constexpr char kFile[] = "/operation.json";

std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::StatusOr<OperationRecord> Read(const std::string& folder, const std::string& id) {
  const std::string path = folder + "/" + id + kFile;
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMostRecord));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || TextOf(json, "step").empty()) {
    return DataLoss("the record of an earlier operation cannot be read: " + ToUtf8(path) +
                    "; see what is in its folder, and move the folder away when nothing of it is needed");
  }
  OperationRecord record{.id = id,
                         .kind = TextOf(json, "kind"),
                         .address = TextOf(json, "address"),
                         .collection = TextOf(json, "collection"),
                         .temporary = TextOf(json, "temporary"),
                         .step = TextOf(json, "step")};
  const auto created = json.find("created_ms");
  if (created != json.end() && created->is_number_integer()) record.created_ms = created->get<std::int64_t>();
  record.data = json.value("data", Json::object());
  return record;
}

}  // namespace

absl::StatusOr<std::vector<OperationRecord>> UnfinishedOperations(const std::string& state,
                                                                  const std::string& address) {
  const std::string folder = state + "/qdrant";
  std::vector<OperationRecord> records;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string id = entry.path().filename();
    absl::StatusOr<OperationRecord> record = Read(folder, id);
    // Its folder was made and nothing else yet.
    if (absl::IsNotFound(record.status()) || ErrnoOf(record.status()) == ENOTDIR) continue;
    if (!record.ok()) return record.status();
    if (record->address == address && !record->is_over()) records.push_back(*std::move(record));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return FromErrno(error.value(), "cannot look into " + ToUtf8(folder));
  }
  std::sort(records.begin(), records.end(), [](const OperationRecord& a, const OperationRecord& b) {
    return std::pair(a.created_ms, a.id) < std::pair(b.created_ms, b.id);
  });
  return records;
}

absl::StatusOr<OperationJournal> OperationJournal::Open(const std::string& state) {
  const std::string folder = state + "/qdrant";
  RETURN_IF_ERROR(MakeFolder(folder));
  absl::StatusOr<RootLock> lock = RootLock::Take(folder, state);
  if (absl::IsUnavailable(lock.status())) {
    return Refuse("busy", "another operation on Qdrant is running; try again when it is done");
  }
  if (!lock.ok()) return lock.status();
  return OperationJournal(folder, *std::move(lock));
}

absl::StatusOr<std::vector<OperationRecord>> OperationJournal::Unfinished(const std::string& address) const {
  return UnfinishedOperations(std::filesystem::path(folder_).parent_path(), address);
}

absl::StatusOr<OperationRecord> OperationJournal::Begin(OperationRecord record) const {
  const std::string stem = record.kind + "-" + TimeNameText(record.created_ms);
  for (int i = 0; i < 1'000; ++i) {
    record.id = i == 0 ? stem : stem + "-" + std::to_string(i);
    if (std::filesystem::exists(Folder(record))) continue;
    RETURN_IF_ERROR(MakeFolder(Folder(record)));
    RETURN_IF_ERROR(Write(record));
    return record;
  }
  return Internal("every name for an operation is taken in " + ToUtf8(folder_));
}

absl::Status OperationJournal::Write(const OperationRecord& record) const {
  const Json json = {{"kind", record.kind},
                     {"address", record.address},
                     {"collection", record.collection},
                     {"temporary", record.temporary},
                     {"step", record.step},
                     {"created_ms", record.created_ms},
                     {"created", TimeText(record.created_ms)},
                     {"data", record.data}};
  return WriteDurably(Folder(record) + kFile, json.dump(2) + "\n");
}

absl::Status OperationJournal::Forget(const OperationRecord& record) const {
  std::error_code error;
  std::filesystem::remove_all(Folder(record), error);
  return error ? FromErrno(error.value(), "cannot remove " + ToUtf8(Folder(record))) : SyncFolder(folder_);
}

}  // namespace fleet::agent
