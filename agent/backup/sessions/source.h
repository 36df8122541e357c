#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/store/directory.h"
#include "agent/store/document.h"
#include "agent/store/root.h"

namespace fleet::agent {

// What a backup saves: a data root, or the folder of a program's configuration (catalogue: "Consistent backup of a live
// root").
struct BackupSource {
  std::string kind;  // "U", "G" or "config"
  std::string key;   // in the archive
  Root root;         // for configuration only the path and the owner count
  // Only what belongs to these sessions; nullopt: everything.
  std::optional<std::set<std::string>> sessions = std::nullopt;
};

// The sources of a home: all its roots, never only the one in use, and its configuration where there is one. With
// explicit roots only those.
std::vector<BackupSource> SourcesOf(const Home& home, const std::vector<Root>& roots);

struct SourceFile {
  std::string path;  // below the source
  DocumentClass cls = DocumentClass::kNone;
  FileStat stat;
};

// What of a source belongs into a backup. Left out: temporary files of writers, whatever the layout does not count to
// the store, links, credentials, and shares, whose documents hold a secret.
struct SourceListing {
  std::vector<SourceFile> files;        // in the order in which they are to be read
  std::vector<std::string> unreadable;  // paths
  std::set<std::string> directories;
  std::int64_t shares = 0;  // left out
};

// Messages come first, then infos, records, indexes, the rest: whatever a document refers to is read before it or
// listed again afterwards. Blocks on the disk.
SourceListing ListSource(const BackupSource& source, const Directory& directory);

struct SettledFile {
  FileStat stat;
  bool damaged = false;  // JSON that does not parse
};

// Reads a file as it was at one instant: again, up to five times, when it changed meanwhile or does not parse while
// somebody writes. NotFound when it is gone.
absl::StatusOr<SettledFile> ReadSettled(const Directory& directory, const SourceFile& file, PaddedText& bytes,
                                        DocumentParser& parser,
                                        absl::FunctionRef<void(std::chrono::milliseconds)> pause);

}  // namespace fleet::agent
