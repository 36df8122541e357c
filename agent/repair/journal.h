#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/repair/outcome.h"
#include "agent/repair/path_change.h"
#include "agent/store/root.h"

namespace fleet::agent {

// The changes of one root in a journal.
struct JournalRoot {
  Root root;
  std::vector<PathChange> changes;
};

// How far a root of a journal has come.
enum class RootStage : std::uint8_t {
  kPrepared,    // everything is backed up; changes may have begun
  kCommitted,   // all changes are made and verified
  kRolledBack,  // as before, whatever was begun
  kUndoing,     // being taken back
  kUndone       // as before, because somebody asked for it
};
std::string_view StageText(RootStage stage);  // "prepared", "committed", ...

// One run's record: what was there before and what it became, enough to take it back after a crash at any instruction.
// A folder of its own below <state>/repairs, never inside a root. Its manifest appears, whole, when everything is
// backed up and before the first change; each stage of a root is a file that appears whole. One thread.
class Journal {
 public:
  // For a run that begins now.
  static std::string NewId(std::int64_t now_ms);

  // Makes the folder, without a manifest: until then nothing has been changed and nobody will look at it.
  static absl::StatusOr<Journal> Begin(const std::string& state, std::int64_t now_ms);

  // Reads one by its id. NotFound; DataLoss when it is torn, from another program or from a newer version.
  static absl::StatusOr<Journal> Load(const std::string& state, const std::string& id);

  // Ids of all journal folders, the oldest first, also of those that cannot be read.
  static absl::StatusOr<std::vector<std::string>> Ids(const std::string& state);

  // Whether anything may have been changed: a folder without a manifest is a run that ended before.
  static bool HasManifest(const std::string& state, const std::string& id);

  // From here on a crash is recovered from.
  absl::Status Prepare(std::vector<JournalRoot> roots, const std::vector<Plan>& plans);

  // Removes a journal that was begun and never prepared, with all copies in it.
  void Discard();

  RootStage StageOf(std::size_t root) const;
  absl::Status Mark(std::size_t root, RootStage stage);
  // Whether some root is half done or half taken back.
  bool IsOpen() const;
  // One word for all its roots: the least finished one's stage; "rolled_back" only when all were.
  RootStage Stage() const;

  absl::Status WriteResults(const std::vector<RepairResult>& results);

  const std::string& id() const { return id_; }
  std::int64_t created_ms() const { return created_ms_; }
  const std::vector<JournalRoot>& roots() const { return roots_; }
  const std::string& folder() const { return folder_; }

  std::string BackupPath(const PathChange& change) const { return folder_ + "/backup/" + change.backup; }
  std::string ListingPath(std::size_t root) const { return folder_ + "/listing-" + std::to_string(root); }
  // Where what is moved away from a root goes.
  std::string QuarantineFolder(std::size_t root) const;

  // As they were written, for showing: the manifest, and the results or nothing.
  absl::StatusOr<std::string> ManifestText() const;
  std::string ResultsText() const;

 private:
  Journal(std::string state, std::string id, std::int64_t created_ms);
  std::string StagePath(std::size_t root, RootStage stage) const;

  std::string state_;
  std::string id_;
  std::string folder_;
  std::int64_t created_ms_ = 0;
  std::vector<JournalRoot> roots_;
};

}  // namespace fleet::agent
