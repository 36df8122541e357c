#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/layout.h"

namespace fleet::agent {

// What the layouts have in common in finding roots and naming places.

// Names of the directories in a directory (links to directories included: roots may be links), sorted. A missing
// directory has none; one that cannot be read goes to `unreadable`.
std::vector<std::string> SubdirectoriesOf(const std::string& path, std::map<std::string, Unreadable>& unreadable);

// The root at `path`, its links resolved, when `is_root` holds for the opened directory; NotFound otherwise.
absl::StatusOr<Root> ProbeRoot(RootKind kind, const std::string& path, std::map<std::string, Unreadable>& unreadable,
                               absl::FunctionRef<bool(const Directory&)> is_root);

bool StartsWith(std::string_view text, std::string_view prefix);
std::string_view LastComponent(std::string_view path);

Place Skipped();
Place DocumentPlace(DocumentClass cls, Area area, std::string_view subject);
// Makes it the place of a document when the file's name ends in ".json".
void SetDocument(Place& place, DocumentClass cls, std::string_view file);

// Places below storage/session, which layouts U and G share; `path` is relative to it.
Place PlaceInSession(std::string_view path, bool is_directory);

}  // namespace fleet::agent
