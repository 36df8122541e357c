#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "agent/store/directory.h"
#include "agent/store/layout.h"

namespace fleet::agent {

// Paths of a store's entries, relative to its root, and which of them a scan takes notice of.

inline std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}
inline std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
inline std::string Join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}
inline bool IsDocumentName(const std::string& name) { return name.ends_with(".json"); }

// Whether a scan does anything with such an entry.
inline bool Counts(const std::string& name, EntryType type, const Place& place) {
  if (place.skip) return false;
  return type != EntryType::kFile || place.cls != DocumentClass::kNone || !IsDocumentName(name) ||
         name.find(".json.conflict-") != std::string::npos;
}

// Whether a scan looks below such a folder.
inline bool IsWalked(const std::string& name, const Place& place) {
  return !place.skip && place.role != DirectoryRole::kNested && !IsDocumentName(name);
}

// The folder at a path; the root itself at the empty one.
inline absl::StatusOr<Directory> OpenFolder(const Directory& root, const std::string& path) {
  return root.Open(path.empty() ? "." : path);
}

}  // namespace fleet::agent
