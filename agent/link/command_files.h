#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "agent/link/command_record.h"
#include "agent/link/state_directory.h"

namespace fleet::agent {

// The command journal on disk: one file a command, a line of JSON and its SHA-256, named by the order of arrival and
// never by an id that came from the other side. One thread; blocks on the disk.
class CommandFiles final : public CommandStore {
 public:
  explicit CommandFiles(StateDirectory folder) : folder_(std::move(folder)) {}

  struct Held {
    std::vector<CommandRecord> records;  // by number
    std::vector<absl::Status> problems;  // files that were damaged and have been moved aside
  };
  // A damaged file gives a record of its command, if its id can still be read, whose end is UNKNOWN: it may have run.
  absl::StatusOr<Held> Load();

  absl::Status Save(const CommandRecord& record) override;
  absl::Status Remove(std::uint64_t number) override;

 private:
  void MoveAside(const std::string& name, const absl::Status& why, Held& held);

  StateDirectory folder_;
};

}  // namespace fleet::agent
