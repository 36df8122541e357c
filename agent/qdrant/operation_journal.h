#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/store/root_lock.h"

namespace fleet::agent {

// What an operation of many steps has done so far, so that a later run can finish it or take it back: one small file in
// a folder of the operation under <state>/qdrant/, written durably before each step that cannot be taken back. Blocks
// on the disk.
struct OperationRecord {
  std::string id = {};
  std::string kind = {};  // "revector", "restore", "verify"
  std::string address = {};
  std::string collection = {};
  std::string temporary = {};  // collection that belongs to the operation; empty: none
  std::string step = {};       // as the operation calls it; "done" and "rolled_back" are its ends
  std::int64_t created_ms = 0;
  nlohmann::ordered_json data = nlohmann::ordered_json::object();

  bool is_over() const { return step == "done" || step == "rolled_back"; }
};

class OperationJournal {
 public:
  // Takes the right to work on Qdrant with this state folder. Refuse("busy") when another operation has it.
  static absl::StatusOr<OperationJournal> Open(const std::string& state);

  // Those on this server that are not over, the oldest first. DataLoss when one cannot be read: then nobody knows
  // what was going on, and nothing should be begun.
  absl::StatusOr<std::vector<OperationRecord>> Unfinished(const std::string& address) const;
  absl::StatusOr<OperationRecord> Begin(OperationRecord record) const;  // gives it an id
  absl::Status Write(const OperationRecord& record) const;
  // Removes the record and its folder, of operations that nobody needs to look up later.
  absl::Status Forget(const OperationRecord& record) const;
  // The operation's folder, for files of its own.
  std::string Folder(const OperationRecord& record) const { return folder_ + "/" + record.id; }

 private:
  OperationJournal(std::string folder, RootLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::string folder_;
  RootLock lock_;
};

// Without taking the right: what `plan` shows.
absl::StatusOr<std::vector<OperationRecord>> UnfinishedOperations(const std::string& state, const std::string& address);

}  // namespace fleet::agent
