#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/model.h"

namespace fleet::agent {

// One place that knows an id.
struct Mention {
  std::string root;
  std::string path;  // absolute
  std::string how;   // "session info", "listed in the index of ses_...", ...

  friend bool operator==(const Mention&, const Mention&) = default;
};

// Files and folders below a directory that are named by the id, of whatever kind. Folders that cannot be listed are
// skipped.
std::vector<Mention> MentionsByName(const Directory& directory, const std::string& root, std::string_view id);

// Documents that state the id as a parent or list it.
std::vector<Mention> MentionsByContent(const RootModel& root, const std::string& id);

}  // namespace fleet::agent
