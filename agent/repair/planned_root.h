#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/backup/backup_copies.h"
#include "agent/repair/plan.h"
#include "agent/store/directory.h"
#include "agent/store/model.h"

namespace fleet::agent {

// A root as it will be once the changes planned so far are made: the disk below, the changes above. One plan
// builds on the ones before it (an index on the records that will be synthesised), and a dry run shows the
// same steps as the real one. Nothing is written. One thread.
class PlannedRoot {
 public:
  // `model` is what ScanRoot found in `directory`.
  PlannedRoot(Directory directory, RootModel model, std::int64_t now_ms);

  const RootModel& model() const { return model_; }
  std::int64_t now_ms() const { return now_ms_; }
  DocumentParser& parser() const { return parser_; }

  // The bytes a path holds after the planned changes. NotFound when it is not there.
  absl::StatusOr<std::string> Read(const std::string& path) const;
  // Size and time of a path after the planned changes. NotFound when it is not there.
  absl::StatusOr<FileStat> Stat(const std::string& path) const;
  // Names of the regular files in a directory after the planned changes, sorted. A missing directory is empty.
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) const;

  // Where copies of its documents may be found; nullptr: nowhere. Looking into backups changes nothing either.
  BackupCopies* backups() const { return backups_.get(); }
  void UseBackups(std::shared_ptr<BackupCopies> backups) { backups_ = std::move(backups); }
  // What a directory holds on the disk, whatever is planned, sorted by name.
  absl::StatusOr<std::vector<std::pair<std::string, EntryType>>> Entries(const std::string& directory) const;

  // Plans the changes: the steps, each with what is there before it. The view and the model change with it; on an error
  // nothing does. What an earlier step writes has inode 0 in `before`: only its size and hash are known. A file over
  // 128 MiB is not hashed. No path may occur twice. A directory that is there needs no step.
  absl::StatusOr<std::vector<Step>> Add(std::vector<Change> changes);

 private:
  absl::StatusOr<Step> StepFor(const Change& change) const;
  absl::Status CheckStep(const Step& step) const;
  void Take(const Step& step);
  void TakeAccess(const SetAccess& set, const FileStat& before);

  Directory directory_;
  RootModel model_;
  std::int64_t now_ms_;
  mutable DocumentParser parser_;
  std::shared_ptr<BackupCopies> backups_;
  std::map<std::string, std::optional<std::string>> planned_;  // nullopt: moved away
  std::map<std::string, FileStat> access_;                     // rights and owners that are planned
};

}  // namespace fleet::agent
