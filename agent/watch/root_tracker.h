#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/model.h"
#include "agent/store/scan.h"
#include "agent/watch/seen_paths.h"
#include "common/clock.h"

namespace fleet::agent {

// A message that was written since its conversation was last read.
struct WrittenMessage {
  std::string session;
  std::string path;  // relative to the root
  std::int64_t bytes = 0;
};

// Keeps the model of one root up to date by reading only what has changed. It remembers a mark of every folder and of
// every file that counts, but no messages: a conversation is one thing, read again as a whole, and not again for a
// second, or for ten times as long as that took. Always given the same model. One thread; blocks on the disk.
class RootTracker {
 public:
  explicit RootTracker(const Clock& clock) : clock_(clock), seen_(clock) {}

  // Reads everything into a model that has only its root. An error: the root cannot be opened.
  absl::Status Read(RootModel& model);

  // Looks for changes: one stat for a folder in which nothing was made, renamed or removed. Changes inside files show
  // only when `every_file` asks for a stat of each of them too. An error as above; the model is as it was.
  absl::Status Sweep(RootModel& model, bool every_file);

  // Looks at these paths, relative to the root; an entry of a folder that is named may have changed.
  void Refresh(RootModel& model, const std::set<std::string>& paths);

  // Reads about so many bytes of the store again, whether they look changed or not, and goes on there the next time:
  // for changes that no event told, and for disks that forget. At least one document or conversation.
  void ReadSlice(RootModel& model, std::int64_t bytes);

  // Conversations wait for their turn until then; an empty Refresh reads them.
  std::optional<MonoTime> due() const;
  // Grows with everything that is read.
  std::int64_t readings() const { return readings_; }

  // Collects what TakeWritten gives. Costs a stat of every message of a conversation that is read again.
  void FollowMessages() { follow_messages_ = true; }
  std::vector<WrittenMessage> TakeWritten() { return std::exchange(written_, {}); }

 private:
  bool RefreshOne(RootModel& model, const Directory& root, const std::string& path, std::set<std::string>& sessions);
  void Relist(RootModel& model, const Directory& root, const std::string& path, std::set<std::string>& sessions);
  void ReadAnew(RootModel& model, const Directory& parent, const std::string& parent_path, const ListedEntry& entry,
                std::set<std::string>& sessions);
  void ForgetBelow(RootModel& model, const std::string& path, std::set<std::string>& sessions);
  void ReadConversations(RootModel& model, const Directory& root, std::set<std::string> sessions, bool at_once);
  void ReadConversation(RootModel& model, const Directory& root, const std::string& session);
  void ForgetSession(RootModel& model, const std::string& session);
  void Follow(const Directory& root, const std::string& path, const std::string& session, std::int64_t since);

  const Clock& clock_;
  RootKind kind_ = RootKind::kProgram;
  SeenPaths seen_;
  std::map<std::string, MonoTime> rest_until_;  // sessions read a moment ago
  std::set<std::string> waiting_;               // sessions to be read when they have rested
  std::string slice_after_;                     // where the last slice ended
  std::int64_t readings_ = 0;
  bool follow_messages_ = false;
  std::vector<WrittenMessage> written_;
};

}  // namespace fleet::agent
