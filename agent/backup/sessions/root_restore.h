#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/backup/sessions/restore_targets.h"
#include "agent/repair/journal.h"
#include "agent/repair/root_writer.h"
#include "agent/store/model.h"

namespace fleet::agent {

// The restore of one root, step by step: Decide, Stage, MakeIndexes, then its changes can be prepared in a journal,
// made and verified. Until Apply nothing in the root changes. The caller holds the lock of the root. One thread.
class RootRestore {
 public:
  // Reads the root as it is; one that is not there counts as empty.
  static absl::StatusOr<RootRestore> Begin(RestoreTarget target, std::int64_t now_ms);

  // Which files will change; `at_ms` is when the backup was made.
  absl::Status Decide(bool keep_existing, bool configuration, std::int64_t at_ms);
  bool ChangesAnything() const { return !writes_.empty() || !parents_.empty(); }
  std::int64_t bytes_to_write() const;

  // Members of the backup that are needed.
  std::set<std::string> Members() const;
  // One of them: its bytes go to `file`, a new file in the agent's folder, until they are needed.
  absl::Status Stage(const std::string& member, std::string_view bytes, const std::string& file);
  // After all are staged: the indexes as they will be, in files of a folder that exists.
  absl::Status MakeIndexes(const std::string& folder);

  // The changes, with what is there now; then what they will look like from outside, once they are prepared.
  absl::StatusOr<JournalRoot> Changes() const;
  void SetTimes(JournalRoot& root) const;

  absl::Status Apply(const JournalRoot& root, RootWriter& writer) const;
  // Whether every changed path holds what it should.
  absl::Status Verify(const JournalRoot& root, const RootWriter& writer) const;

  const RestoreTarget& target() const { return target_; }
  const RestoredRoot& outcome() const { return outcome_; }
  const RootModel& model() const { return model_; }

 private:
  struct Write {
    std::string member;  // empty: an index that is made here
    std::string staged;  // file
    std::string sha256;
    std::int64_t size = 0;
    std::int64_t mtime_ms = 0;  // 0: now
    Place place;
  };

  RootRestore(RestoreTarget target, std::int64_t now_ms) : target_(std::move(target)), now_ms_(now_ms) {}
  absl::StatusOr<PathState> Look(const std::string& path) const;
  bool IsReadable(const std::string& path) const;
  void DecideIndex(const WantedFile& wanted);

  RestoreTarget target_;
  std::int64_t now_ms_;
  std::optional<RootWriter> writer_;                 // nullopt: the root is not there
  RootModel model_;                                  // as the root will be, as far as it is planned
  std::map<std::string, Write> writes_;              // by path
  std::map<std::string, std::string> path_of_;       // of these, by member
  std::map<std::string, std::string> parent_of_;     // of saved indexes, by member
  std::map<std::string, WantedFile> saved_indexes_;  // by parent
  std::map<std::string, std::string> saved_bytes_;   // of these
  std::set<std::string> parents_;                    // whose indexes may have to change
  std::unique_ptr<DocumentParser> parser_ = std::make_unique<DocumentParser>();
  RestoredRoot outcome_;
};

}  // namespace fleet::agent
