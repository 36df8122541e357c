#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/store/model.h"

namespace fleet::agent {

// How much of a root is read. Without messages, what lies in the conversations is listed and counted, but no message is
// opened: each counts as readable, none has a time, and a conversation is as old as its directory. With nothing only
// the census is taken.
enum class ScanDepth : std::uint8_t { kAll, kWithoutMessages, kNothing };

// Reads one root in one pass. What cannot be read inside it is in `unreadable`; an error means that the root itself
// cannot be opened. Blocks on the disk; any thread.
absl::StatusOr<RootModel> ScanRoot(const Root& root, ScanDepth depth = ScanDepth::kAll);

struct ListedEntry {
  std::string name;
  EntryType type = EntryType::kFile;
};
// Reads some entries of an opened directory of the root, directories with everything below them, as a scan would. What
// their paths held has been forgotten. `path` is the directory's, relative to the root.
void ScanEntries(RootModel& model, const Directory& directory, const std::string& path,
                 std::span<const ListedEntry> entries);

// Reads documents again, each by itself, and corrects the model: for files seen while they were being written. What
// the paths held before is forgotten, also when it was no document.
absl::Status ReadAgain(RootModel& model, const std::vector<std::string>& paths);

// Who may do what with the entries of a root, now: a stat of each, nothing is opened. Reading parts of a root again
// does not bring the model's census up to date; this does. Empty when the root cannot be opened.
AccessCensus TakeCensus(const Root& root);

}  // namespace fleet::agent
